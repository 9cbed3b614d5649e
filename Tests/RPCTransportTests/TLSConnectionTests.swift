import RPCCore
import RPCTransport
import TestSupport
import Testing

/// TLS as two byte buffers: both sides in memory, on a loop whose time the test moves.
@Suite(.timeLimit(.minutes(1))) struct TLSConnectionTests {
  /// Keeps what it is sent, and sends what it is given.
  private final class Recorder: ByteProtocol {
    private(set) var received: [UInt8] = []
    private(set) var isDisconnected = false
    private var channel: (any ByteChannel)?
    private var output: [UInt8] = []
    private(set) var isFinished = false

    func attach(to channel: any ByteChannel) { self.channel = channel }

    func receive(_ bytes: UnsafeRawBufferPointer) { received += bytes }

    func produce(into target: inout ByteBuffer, max: Int) -> Bool {
      output.prefix(max).withUnsafeBytes { target.append($0) }
      output.removeFirst(min(max, output.count))
      return !output.isEmpty
    }

    func disconnected() { isDisconnected = true }

    func send(_ bytes: [UInt8]) {
      output += bytes
      channel?.outputIsWaiting()
    }

    func finish() {
      isFinished = true
      channel?.outputIsWaiting()
    }
  }

  /// Two sides of a connection, and what became of them.
  private final class Ends {
    let client = Recorder()
    let server = Recorder()
    var identity: PeerIdentity?
    var clientFailure: String?
    var serverFailure: String?
  }

  private let loop = ManualLoop()

  private func connect(
    _ settings: ServerTLS, _ trust: ClientTLS, host: String = "localhost", pieces: Int = .max
  ) throws -> Ends {
    let ends = Ends()
    let server = try TLSContext.server(settings)
    let client = try TLSContext.client(trust, host: host)
    try loop.run {
      let left = try TLSConnection(
        client, TLSHandshakes(), on: loop, onFailure: { ends.clientFailure = $0.text }
      ) { _ in ends.client }
      let right = try TLSConnection(
        server, TLSHandshakes(), on: loop, onFailure: { ends.serverFailure = $0.text }
      ) {
        ends.identity = $0
        return ends.server
      }
      _ = MemoryPipe(left, right, on: loop) { _, bytes in
        MemoryPipe.Passage(pieces: [Int](repeating: pieces, count: bytes.count))
      }
    }
    return ends
  }

  private func settings(_ authority: TestAuthority) async throws -> ServerTLS {
    let pair = try #require(await authority.issue("server", "DNS:localhost,IP:127.0.0.1"))
    return ServerTLS(certificateFile: pair.certificate, keyFile: pair.key)
  }

  @Test(arguments: [Int.max, 1])
  func `what one side sends the other receives, however it is cut`(pieces: Int) async throws {
    let authority = try #require(await TestAuthority.make())
    let ends = try connect(
      try await settings(authority), ClientTLS(authoritiesFile: authority.file), pieces: pieces)
    #expect(ends.clientFailure == nil && ends.serverFailure == nil)
    let message = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    loop.run {
      ends.client.send(message)
      ends.server.send(Array(message.reversed()))
    }
    #expect(ends.server.received == message)
    #expect(ends.client.received == message.reversed())
    #expect(ends.identity == .anonymous)
    loop.run { ends.server.finish() }
    #expect(ends.client.isDisconnected && ends.server.isDisconnected)
  }

  @Test(arguments: [("localhost", true), ("127.0.0.1", true), ("example.org", false)])
  func `a client takes only the server that it asked for`(
    host: String, isTaken: Bool
  ) async throws {
    let authority = try #require(await TestAuthority.make())
    let ends = try connect(
      try await settings(authority), ClientTLS(authoritiesFile: authority.file), host: host)
    #expect((ends.clientFailure == nil) == isTaken, "\(ends.clientFailure ?? "")")
    if !isTaken { #expect(ends.clientFailure?.contains("hostname mismatch") == true) }
    #expect((ends.serverFailure == nil) == isTaken)
  }

  @Test func `a client does not take a server that a stranger vouches for`() async throws {
    let authority = try #require(await TestAuthority.make())
    let other = try #require(await TestAuthority.make())
    let ends = try connect(
      try await settings(authority), ClientTLS(authoritiesFile: other.file))
    #expect(ends.clientFailure?.contains("certificate verify failed") == true)
    #expect(ends.serverFailure?.contains("unknown ca") == true, "\(ends.serverFailure ?? "")")
    #expect(ends.identity == nil)
  }

  @Test func `a client's certificate is its identity`() async throws {
    let authority = try #require(await TestAuthority.make())
    var settings = try await settings(authority)
    settings.clientAuthoritiesFile = authority.file
    settings.clientCertificates = .require
    let pair = try #require(await authority.issue("node", "URI:spiffe://example.org/node"))
    let ends = try connect(
      settings,
      ClientTLS(
        authoritiesFile: authority.file, certificateFile: pair.certificate, keyFile: pair.key))
    #expect(ends.identity == .spiffe("spiffe://example.org/node"))
  }

  @Test func `a handshake that takes ten seconds is given up`() async throws {
    let authority = try #require(await TestAuthority.make())
    let context = try TLSContext.server(try await settings(authority))
    let handshakes = TLSHandshakes(max: 1)
    var failure: TLSFailure?
    let channel = try loop.run {
      let connection = try TLSConnection(
        context, handshakes, on: loop, onFailure: { failure = $0 }
      ) { _ in Recorder() }
      return MemoryChannel(connection, on: loop)
    }
    loop.run { channel.receive([0x16, 0x03, 0x01]) }
    #expect(handshakes.refusal(for: "another") == .turnedAway, "the one slot is taken")
    loop.advance(by: .milliseconds(9_999))
    #expect(!channel.isClosed)
    loop.advance(by: .milliseconds(1))
    #expect(channel.isClosed)
    #expect(failure?.text.contains("took more than 10") == true)
    #expect(failure?.reason == .timeout)
    #expect(handshakes.underWay == 0 && handshakes.refusal(for: "") == nil)
  }

  @Test func `bytes that are no TLS end the connection`() async throws {
    let authority = try #require(await TestAuthority.make())
    let context = try TLSContext.server(try await settings(authority))
    var failure: TLSFailure?
    let channel = try loop.run {
      let connection = try TLSConnection(
        context, TLSHandshakes(), on: loop, onFailure: { failure = $0 }
      ) { _ in Recorder() }
      return MemoryChannel(connection, on: loop)
    }
    loop.run { channel.receive(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)) }
    #expect(channel.isClosed)
    #expect(failure?.text.contains("handshake failed") == true, "\(String(describing: failure))")
    #expect(failure?.reason == .notTLS)
  }
}
