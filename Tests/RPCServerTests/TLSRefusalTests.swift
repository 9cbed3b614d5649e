import Logging
import RPCCore
import RPCServer
import RPCTransport
import Synchronization
import TestSupport
import Testing

/// Every way in which a connection ends in TLS is counted by its reason and told.
@Suite(.timeLimit(.minutes(2))) struct TLSRefusalTests {
  /// A listener on a loop of its own, and what its TLS reports.
  private struct Listening {
    let authority: TestAuthority
    let loop: EpollLoop
    let listener: ServerListener
    let refusals: TLSRefusals
    let reports: AsyncStream<TLSRefusals.Report>

    init(
      clients: ServerTLS.ClientCertificates = .none,
      _ change: (inout ServerListener.Place) -> Void = { _ in }
    ) async throws {
      authority = try #require(await TestAuthority.make())
      let pair = try #require(await authority.issue("server", "DNS:localhost,IP:127.0.0.1"))
      let (reports, report) = AsyncStream.makeStream(of: TLSRefusals.Report.self)
      self.reports = reports
      refusals = TLSRefusals { report.yield($0) }
      loop = try EpollLoop(name: "refusals")
      var place = ServerListener.Place(.loopback(port: 0))
      place.tls = try TLSServerIdentity(
        ServerTLS(
          certificateFile: pair.certificate, keyFile: pair.key,
          clientAuthoritiesFile: clients == .none ? nil : authority.file,
          clientCertificates: clients))
      change(&place)
      let definition = ServerDefinition(
        router: RPCRouter([EchoService()]), limits: HTTP2Limits(), tlsRefusals: refusals)
      listener = try await ServerListener.start(place, definition, on: loop)
    }

    /// Connects with OpenSSL's client, which offers h2 and hangs up at the end of its input.
    func handshake(_ arguments: [String], authorities: String? = nil) async {
      let command =
        (["openssl", "s_client", "-connect", "localhost:\(listener.address.port)"]
        + ["-CAfile", authorities ?? authority.file, "-verify_return_error"] + arguments)
        .joined(separator: " ")
      _ = await Subprocess.run(["sh", "-c", "\(command) </dev/null"])
    }

    /// The first report; that it is the one refusal there was is expected.
    func expect(_ reason: TLSRefusal, saying text: String = "") async throws {
      var reports = reports.makeAsyncIterator()
      let report = try #require(await reports.next())
      #expect(report.failure.reason == reason, "\(report.failure.text)")
      #expect(report.failure.text.contains(text), "\(report.failure.text)")
      #expect(report.peer.hasPrefix("127.0.0.1:"))
      #expect(refusals.all.filter { $0.value > 0 } == [reason: 1])
      #expect(refusals.all.count == TLSRefusal.allCases.count)
      await listener.drain(grace: .seconds(1))
      loop.stop()
    }
  }

  @Test(arguments: [[], ["-alpn", "http/1.1"]])
  func `no HTTP/2 among the protocols offered`(arguments: [String]) async throws {
    let listening = try await Listening()
    await listening.handshake(arguments)
    try await listening.expect(.noALPN)
  }

  @Test(arguments: [
    ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
  ])
  func `no version or cipher in common`(arguments: [String]) async throws {
    let listening = try await Listening()
    await listening.handshake(arguments + ["-alpn", "h2"])
    try await listening.expect(.nothingShared)
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `no certificate where one is required`(version: String) async throws {
    let listening = try await Listening(clients: .require)
    await listening.handshake([version, "-alpn", "h2"])
    try await listening.expect(.noClientCertificate)
  }

  @Test func `a certificate that a stranger vouches for`() async throws {
    let listening = try await Listening(clients: .require)
    let other = try #require(await TestAuthority.make())
    let pair = try #require(await other.issue("node", "URI:spiffe://example.org/a"))
    await listening.handshake(["-alpn", "h2", "-cert", pair.certificate, "-key", pair.key])
    try await listening.expect(.untrustedCertificate)
  }

  @Test func `a certificate past its end`() async throws {
    let listening = try await Listening(clients: .require)
    let pair = try #require(
      await listening.authority.issue("node", "URI:spiffe://example.org/a", days: -1))
    await listening.handshake(["-alpn", "h2", "-cert", pair.certificate, "-key", pair.key])
    try await listening.expect(.expiredCertificate, saying: "expired")
  }

  @Test(arguments: [
    ("DNS:node.example.org", "no URI"), ("URI:spiffe://Example.org/a", "trust domain"),
    ("URI:spiffe://example.org/a,URI:spiffe://example.org/b", "more than one URI"),
  ])
  func `a certificate that names nobody, and what is wrong with it`(
    names: String, text: String
  ) async throws {
    let listening = try await Listening(clients: .request)
    let pair = try #require(await listening.authority.issue("node", names))
    await listening.handshake(["-alpn", "h2", "-cert", pair.certificate, "-key", pair.key])
    try await listening.expect(.noIdentity, saying: text)
  }

  @Test func `a client that does not trust the server`() async throws {
    let listening = try await Listening()
    let other = try #require(await TestAuthority.make())
    await listening.handshake(["-alpn", "h2"], authorities: other.file)
    try await listening.expect(.peerAlert, saying: "unknown ca")
  }

  @Test func `a handshake that is not finished in time`() async throws {
    let listening = try await Listening { $0.handshakeTimeout = .milliseconds(20) }
    let exchange = await RawPeer.exchange(
      port: listening.listener.address.port, [[0x16, 0x03, 0x01]])
    #expect(exchange.received.isEmpty)
    try await listening.expect(.timeout)
  }

  @Test func `a peer that hangs up in the middle`() async throws {
    let listening = try await Listening()
    _ = await RawPeer.exchange(
      port: listening.listener.address.port, [[0x16, 0x03, 0x01]], halfCloses: true)
    try await listening.expect(.peerClosed)
  }

  @Test func `one handshake more than may be under way`() async throws {
    let listening = try await Listening { $0.handshakesMax = 0 }
    _ = await RawPeer.exchange(port: listening.listener.address.port, [])
    try await listening.expect(.turnedAway, saying: "0 TLS handshakes")
  }

  @Test func `one handshake more than one address may have, and another address is served`()
    async throws
  {
    let listening = try await Listening { $0.handshakesPerSourceMax = 2 }
    let port = listening.listener.address.port
    let stalled = [RawPeer.hold(port: port), RawPeer.hold(port: port)]
    // Turned away: the two before it were taken in, for they came first.
    let third = await RawPeer.exchange(port: port, [])
    #expect(third.received.isEmpty)
    // It is heard: what it says is no TLS.
    _ = await RawPeer.exchange(
      port: port, [Array("GET / HTTP/1.1\r\n\r\n".utf8)], from: "127.0.0.2")
    #expect(listening.refusals.all[.sourceTurnedAway] == 1)
    #expect(listening.refusals.all[.notTLS] == 1)
    withExtendedLifetime(stalled) {}
    await listening.listener.drain(grace: .zero)
    listening.loop.stop()
  }

  @Test(arguments: ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"])
  func `a peer that speaks cleartext`(text: String) async throws {
    let listening = try await Listening()
    _ = await RawPeer.exchange(port: listening.listener.address.port, [Array(text.utf8)])
    try await listening.expect(.notTLS)
  }

  @Test func `a reason is told once a minute, with how many were not`() throws {
    let told = Mutex<[TLSRefusals.Report]>([])
    let refusals = TLSRefusals { report in told.withLock { $0.append(report) } }
    let (late, alert) = (
      TLSFailure(reason: .timeout, text: "late"), TLSFailure(reason: .peerAlert, text: "no")
    )
    for second in [0, 1, 59] as [Int64] {
      refusals.note(late, peer: "a", now: MonotonicInstant(nanoseconds: second * 1_000_000_000))
    }
    refusals.note(alert, peer: "b", now: MonotonicInstant(nanoseconds: 1))
    refusals.note(late, peer: "c", now: MonotonicInstant(nanoseconds: 60_000_000_000))
    refusals.note(late, peer: "d", now: MonotonicInstant(nanoseconds: 120_000_000_000))
    #expect(
      told.withLock { $0 } == [
        TLSRefusals.Report(failure: late, peer: "a", unreportedCount: 0),
        TLSRefusals.Report(failure: alert, peer: "b", unreportedCount: 0),
        TLSRefusals.Report(failure: late, peer: "c", unreportedCount: 2),
        TLSRefusals.Report(failure: late, peer: "d", unreportedCount: 0),
      ])
    #expect(refusals.all[.timeout] == 5)
    #expect(refusals.all[.peerAlert] == 1)
  }

  @Test func `the server's logger is warned, and the count is the server's`() async throws {
    let authority = try #require(await TestAuthority.make())
    let pair = try #require(await authority.issue("server", "DNS:localhost"))
    let (lines, line) = AsyncStream.makeStream(of: String.self)
    var configuration = RPCServer.Configuration()
    configuration.tls = ServerTLS(certificateFile: pair.certificate, keyFile: pair.key)
    configuration.logger = Logger(label: "test") { _ in LineHandler(line: line) }
    let server = try await RPCServer.start([EchoService()], configuration)
    _ = await RawPeer.exchange(port: server.port, [Array("GET / HTTP/1.1\r\n\r\n".utf8)])
    var iterator = lines.makeAsyncIterator()
    let first = try #require(await iterator.next())
    #expect(first.hasPrefix("warning TLS refused a connection not_tls 127.0.0.1:"))
    #expect(server.tlsRefusalCounts.filter { $0.value > 0 } == ["not_tls": 1])
    #expect(server.tlsRefusalCounts["too_many_handshakes"] == 0)
    await server.drain(grace: .seconds(1))
  }
}

/// Sends each line on.
private struct LineHandler: LogHandler {
  let line: AsyncStream<String>.Continuation
  var logLevel = Logger.Level.trace
  var metadata = Logger.Metadata()

  init(line: AsyncStream<String>.Continuation) { self.line = line }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = ["reason", "peer"].map { "\(event.metadata?[$0] ?? "none")" }
    line.yield("\(event.level) \(event.message) \(fields.joined(separator: " "))")
  }
}
