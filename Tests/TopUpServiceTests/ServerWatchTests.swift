import Logging
import RPCCore
import RPCServer
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

@Suite(.timeLimit(.minutes(1))) struct ServerWatchTests {
  @Test func `the metrics say how many connections TLS refused, reason by reason`() async throws {
    let authority = try #require(await TestAuthority.make())
    let pair = try #require(await authority.issue("server", "DNS:localhost"))
    var configuration = RPCServer.Configuration()
    configuration.tls = ServerTLS(certificateFile: pair.certificate, keyFile: pair.key)
    let server = try await RPCServer.start([EchoService()], configuration)
    let watch = ServerWatch(
      loops: 1, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    // The server ends the stream when it has judged, and counted, what came.
    _ = await RawPeer.exchange(port: server.port, [Array("GET / HTTP/1.1\r\n\r\n".utf8)])
    let limiter = OutboundLimiter(OutboundLimits(), on: ManualLoop())
    let temporary = try TemporaryStore()
    let text = watch.text(server, temporary.store, limiter, started: SystemClock().now)
    await server.drain(grace: .seconds(1))
    #expect(text.contains("# TYPE topup_tls_refused_total counter\n"))
    #expect(text.contains("topup_tls_refused_total{reason=\"not_tls\"} 1\n"))
    #expect(text.contains("topup_tls_refused_total{reason=\"no_client_certificate\"} 0\n"))
    #expect(text.contains("\ntopup_lead_time_p95_milliseconds 60000\n"))
    #expect(text.contains("\ntopup_lead_time_samples 0\n"))
  }
}
