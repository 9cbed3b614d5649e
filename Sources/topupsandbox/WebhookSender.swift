import Gateways
import SimulatedWorld
import TopUpCore

/// POSTs events to the service, over plain HTTP as `stripe listen` forwards them.
struct WebhookSender: Sendable {
  /// Stripe gives no figure; an endpoint that takes longer has failed.
  private static let timeout = Duration.seconds(10)

  let url: String
  private let transport: CurlTransport

  init(url: String) throws {
    self.url = url
    var configuration = CurlConfiguration(version: "sandbox")
    configuration.allowsPlainHTTP = true
    transport = try CurlTransport(configuration)
  }

  /// - Returns: the status; nil when there was no answer in time.
  func send(_ delivery: WebhookDelivery) async -> Int? {
    let request = HTTPRequest(
      .post, url, headers: delivery.headers, body: delivery.body, timeout: Self.timeout)
    switch await transport.send(request) {
    case .response(let response): return response.status
    case .notSent, .unknown: return nil
    }
  }
}
