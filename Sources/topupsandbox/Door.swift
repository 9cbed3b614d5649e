import FlyingFox
import FlyingSocks
import FoundationEssentials
import Glibc
import SimulatedWorld
import TopUpCore

/// A listening port through which the world is reached.
struct Door: Sendable {
  enum Behind: Sendable {
    case service(FaultRule.Service)
    case control
  }

  /// What a port cannot be opened for.
  struct NotOpen: Error, CustomStringConvertible {
    let description: String
  }

  /// A silent connection is held this long; any client has given up by then.
  private static let silence = Duration.seconds(600)

  let name: String
  private let server: HTTPServer

  init(_ name: String, _ behind: Behind, _ host: String, _ port: UInt16, _ keeper: WorldKeeper)
    throws
  {
    self.name = name
    let address = try sockaddr_in.inet(ip4: host, port: port)
    server = HTTPServer(
      address: address, timeout: 3600, logger: .disabled,
      handler: Handler(behind: behind, keeper: keeper))
  }

  /// Serves until it is cancelled.
  func run() async throws {
    do {
      try await server.run()
    } catch {
      throw NotOpen(description: "\(name): \(error)")
    }
  }

  /// The port it listens on, once it does.
  func port() async throws -> UInt16 {
    try await server.waitUntilListening()
    switch await server.listeningAddress {
    case .ip4(_, let port), .ip6(_, let port): return port
    case .unix, nil: throw NotOpen(description: "\(name): no port")
    }
  }

  private struct Handler: HTTPHandler {
    let behind: Behind
    let keeper: WorldKeeper

    func handleRequest(
      _ request: FlyingFox.HTTPRequest
    ) async throws -> FlyingFox.HTTPResponse {
      guard let method = TopUpCore.HTTPRequest.Method(rawValue: request.method.rawValue) else {
        return FlyingFox.HTTPResponse(statusCode: .methodNotAllowed)
      }
      let fields = request.headers.map { HTTPField($0.key.rawValue, $0.value) }
      let asked = TopUpCore.HTTPRequest(
        method, request.target.rawValue, headers: fields,
        body: Array(try await request.bodyData), timeout: Door.silence)
      switch behind {
      case .control: return Self.plain(await keeper.control(asked))
      case .service(let service):
        switch await keeper.exchange(asked, with: service) {
        case .response(let response): return Self.plain(response)
        case .cut: return Self.cut
        case .silence:
          try await Task.sleep(for: Door.silence)
          return Self.cut
        }
      }
    }

    private static func plain(_ response: TopUpCore.HTTPResponse) -> FlyingFox.HTTPResponse {
      var headers = HTTPHeaders()
      for field in response.headers { headers.addValue(field.value, for: HTTPHeader(field.name)) }
      return FlyingFox.HTTPResponse(
        statusCode: HTTPStatusCode(response.status, phrase: "-"), headers: headers,
        body: Data(response.body))
    }

    /// Closes the connection without a byte: the server knows no such answer, but one that is to
    /// become a web socket and fails before its first byte ends just so.
    private static var cut: FlyingFox.HTTPResponse {
      FlyingFox.HTTPResponse(webSocket: Refuser())
    }
  }

  private struct Refuser: WSHandler {
    func makeFrames(
      for client: AsyncThrowingStream<WSFrame, any Error>
    ) async throws -> AsyncStream<WSFrame> {
      throw NotOpen(description: "cut")
    }
  }
}
