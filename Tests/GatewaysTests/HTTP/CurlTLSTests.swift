import Testing
import TopUpCore

@testable import Gateways

@Suite(.timeLimit(.minutes(1))) struct CurlTLSTests {
  let request = { (url: String) in
    HTTPRequest(
      .post, url, headers: [HTTPField("Authorization", "Bearer rk_test_Zx81")],
      timeout: .seconds(20))
  }

  /// Sends one request to a server with that identity.
  func send(
    to identity: TLSIdentity, trusting path: String?
  ) async throws -> (HTTPOutcome, [LoopbackConnection.Request]) {
    let server = try LoopbackServer { connection in
      identity.answer(connection, with: LoopbackServer.response(200, "over TLS"))
    }
    defer { server.stop() }
    var configuration = CurlConfiguration(version: "0.1")
    configuration.authoritiesPath = path
    let transport = try CurlTransport(configuration)
    let outcome = await transport.send(request(server.url(scheme: "https")))
    await transport.shutdown()
    return (outcome, server.counts.requests)
  }

  @Test func `a certificate that is trusted and names the host carries the request`() async throws {
    let identity = try await TLSIdentity(for: "IP:127.0.0.1")
    let (outcome, requests) = try await send(to: identity, trusting: identity.certificatePath)
    guard case .response(let response) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(response.body == Array("over TLS".utf8))
    #expect(requests.map(\.line) == ["POST /"])
  }

  @Test func `a certificate of nobody's is refused before the request leaves`() async throws {
    let identity = try await TLSIdentity(for: "IP:127.0.0.1")
    let (outcome, requests) = try await send(to: identity, trusting: nil)
    guard case .notSent(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("certificate"))
    #expect(requests.isEmpty)
  }

  @Test func `a trusted certificate of another host is refused before the request leaves`()
    async throws
  {
    let identity = try await TLSIdentity(for: "DNS:elsewhere.test")
    let (outcome, requests) = try await send(to: identity, trusting: identity.certificatePath)
    guard case .notSent = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(requests.isEmpty)
  }
}
