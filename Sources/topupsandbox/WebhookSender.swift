import FlyingFox
import FlyingSocks
import FoundationEssentials
import Glibc
import SimulatedWorld
import TopUpCore

/// POSTs events to the service over plain HTTP, as `stripe listen` forwards them.
struct WebhookSender: Sendable {
  struct BadURL: Error, CustomStringConvertible {
    let description = "the webhook URL has the form http://host:port/path"
  }

  /// Stripe gives no figure; an endpoint that takes longer has failed.
  private static let timeout = Duration.seconds(10)

  private let host: String
  private let port: UInt16
  private let path: String

  init(url: String) throws(BadURL) {
    guard url.hasPrefix("http://") else { throw BadURL() }
    let rest = url.dropFirst("http://".count)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let parts = rest[..<slash].split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), !parts[0].isEmpty,
      let port = parts.count == 2 ? UInt16(parts[1]) : 80
    else { throw BadURL() }
    host = String(parts[0])
    self.port = port
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
  }

  /// - Returns: the status; nil when there was no answer in time.
  func send(_ delivery: WebhookDelivery) async -> Int? {
    await withTaskGroup(of: Int?.self) { group in
      group.addTask { try? await post(delivery) }
      group.addTask {
        try? await Task.sleep(for: Self.timeout)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }

  private func post(_ delivery: WebhookDelivery) async throws -> Int? {
    guard let address = Self.resolve(host) else { return nil }
    var headers = HTTPHeaders()
    headers[HTTPHeader("Host")] = "\(host):\(port)"
    headers[HTTPHeader("Connection")] = "close"
    for field in delivery.headers { headers.addValue(field.value, for: HTTPHeader(field.name)) }
    let request = FlyingFox.HTTPRequest(
      method: .POST, version: .http11, path: path, query: [], headers: headers,
      body: HTTPBodySequence(data: Data(delivery.body)))
    var client = HTTPClient()
    return try await client.sendHTTPRequest(request, to: .inet(ip4: address, port: port))
      .statusCode.code
  }

  /// The host's IPv4 address as text, looked up each time: containers move.
  private static func resolve(_ host: String) -> String? {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_INET
    var found: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &found) == 0, let first = unsafe found else {
      return nil
    }
    defer { unsafe freeaddrinfo(first) }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = unsafe getnameinfo(
      first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
      NI_NUMERICHOST)
    guard status == 0 else { return nil }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
