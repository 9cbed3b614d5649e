import Glibc
import RPCCore
import RPCServer
import TestSupport
import Testing

/// The server over TLS, held against OpenSSL's own client and a stock gRPC client.
@Suite(.timeLimit(.minutes(2))) struct TLSServerTests {
  /// A server that shows a certificate for localhost.
  private struct Served {
    let authority: TestAuthority
    let pair: TestAuthority.Pair
    let server: RPCServer

    init(clients: ServerTLS.ClientCertificates = .none) async throws {
      authority = try #require(await TestAuthority.make())
      pair = try #require(await authority.issue("server", "DNS:localhost,IP:127.0.0.1"))
      var configuration = RPCServer.Configuration()
      configuration.tls = ServerTLS(
        certificateFile: pair.certificate, keyFile: pair.key,
        clientAuthoritiesFile: clients == .none ? nil : authority.file,
        clientCertificates: clients)
      server = try await RPCServer.start([EchoService(), WhoService()], configuration)
    }

    /// Connects with OpenSSL's client, which hangs up at the end of its input.
    func handshake(_ arguments: [String]) async -> Subprocess {
      let command =
        (["openssl", "s_client", "-connect", "localhost:\(server.port)"]
        + ["-CAfile", authority.file, "-verify_return_error"] + arguments).joined(separator: " ")
      return await Subprocess.run(["sh", "-c", "\(command) </dev/null"])
    }

    func grpcio(_ script: String, _ pair: TestAuthority.Pair? = nil) async -> Subprocess {
      await PythonPeer.run(
        "RPCServerTests/\(script)",
        ["\(server.port)", authority.file] + (pair.map { [$0.certificate, $0.key] } ?? []))
    }

    func stop() async { await server.drain(grace: .seconds(2)) }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `a peer that offers h2 gets it`(version: String) async throws {
    let served = try await Served()
    let result = await served.handshake([version, "-alpn", "http/1.1,h2"])
    #expect(result.output.contains("ALPN protocol: h2"), "\(result.output)")
    #expect(result.output.contains("Verify return code: 0"))
    await served.stop()
  }

  @Test(arguments: [
    [], ["-alpn", "http/1.1"], ["-tls1_2"], ["-tls1_2", "-alpn", "http/1.1"],
  ])
  func `a peer that does not offer h2 is refused by name`(arguments: [String]) async throws {
    let served = try await Served()
    let result = await served.handshake(arguments)
    #expect(result.exitCode != 0)
    #expect(result.output.contains("no application protocol"), "\(result.output)")
    await served.stop()
  }

  @Test(arguments: [
    ("-tls1_1", "ALL:@SECLEVEL=0", "alert protocol version"),
    ("-tls1_2", "ECDHE-ECDSA-AES128-SHA256", "alert handshake failure"),
  ])
  func `old versions and ciphers without AEAD are refused`(
    version: String, cipher: String, alert: String
  ) async throws {
    let served = try await Served()
    let result = await served.handshake([version, "-cipher", cipher, "-alpn", "h2"])
    #expect(result.exitCode != 0)
    #expect(result.output.contains(alert), "\(result.output)")
    await served.stop()
  }

  @Test func `a stock grpcio client can make every kind of call over TLS`() async throws {
    let served = try await Served()
    let client = await served.grpcio("grpcio_client.py")
    #expect(client.exitCode == 0, "\(client.output)")
    await served.stop()
  }

  @Test func `who a certificate names reaches the call`() async throws {
    let served = try await Served(clients: .require)
    let pair = try #require(
      await served.authority.issue("node", "URI:spiffe://example.org/ns/a/sa/node"))
    let client = await served.grpcio("grpcio_who.py", pair)
    #expect(client.output == "spiffe spiffe://example.org/ns/a/sa/node private\n")
    await served.stop()
  }

  @Test func `without a certificate a caller is anonymous where none is required`() async throws {
    let served = try await Served(clients: .request)
    let client = await served.grpcio("grpcio_who.py")
    #expect(client.output == "anonymous private\n")
    await served.stop()
  }

  @Test func `without a certificate a caller is refused where one is required`() async throws {
    let served = try await Served(clients: .require)
    let client = await served.grpcio("grpcio_who.py")
    #expect(client.output == "UNAVAILABLE\n")
    await served.stop()
  }

  @Test(arguments: [
    ("", 30),
    ("DNS:node.example.org", 30),
    ("URI:spiffe://example.org/a,URI:spiffe://example.org/b", 30),
    ("URI:spiffe://Example.org/a", 30),
    ("URI:spiffe://example.org:443/a", 30),
    ("URI:spiffe://example.org", 30),
    ("URI:https://example.org/a", 30),
    ("URI:spiffe://example.org/a", -1),
  ])
  func `a certificate that proves no one identity is refused`(
    names: String, days: Int
  ) async throws {
    let served = try await Served(clients: .request)
    let pair = try #require(await served.authority.issue("node", names, days: days))
    let client = await served.grpcio("grpcio_who.py", pair)
    #expect(client.output == "UNAVAILABLE\n")
    await served.stop()
  }

  @Test func `a certificate of an authority that is not ours is refused`() async throws {
    let served = try await Served(clients: .require)
    let other = try #require(await TestAuthority.make())
    let pair = try #require(await other.issue("node", "URI:spiffe://example.org/a"))
    let client = await served.grpcio("grpcio_who.py", pair)
    #expect(client.output == "UNAVAILABLE\n")
    await served.stop()
  }

  @Test func `a new certificate is shown after a reload, and a bad one never is`() async throws {
    let served = try await Served()
    let first = await served.handshake(["-alpn", "h2"])
    #expect(first.output.contains("CN = server"), "\(first.output)")
    let next = try #require(await served.authority.issue("next", "DNS:localhost"))

    // The certificate is new and the key is not: nothing changes.
    served.authority.replace(served.pair.certificate, by: next.certificate)
    #expect(
      throws: TLSError.keyMismatch(certificate: served.pair.certificate, key: served.pair.key)
    ) { try served.server.reloadTLS() }
    #expect(await served.handshake(["-alpn", "h2"]).output.contains("CN = server"))

    served.authority.replace(served.pair.key, by: next.key)
    try served.server.reloadTLS()
    let second = await served.handshake(["-alpn", "h2"])
    #expect(second.output.contains("CN = next"), "\(second.output)")
    #expect(!second.output.contains("CN = server"))
    await served.stop()
  }
}

/// Who is let in after a reload, and who a Unix-domain socket says a caller is.
@Suite(.timeLimit(.minutes(2))) struct ProvenPeerTests {
  private func ask(_ arguments: [String]) async -> String {
    await PythonPeer.run("RPCServerTests/grpcio_who.py", arguments).output
  }

  @Test func `after a reload the new authority lets callers in and the old one does not`()
    async throws
  {
    let own = try #require(await TestAuthority.make())
    let before = try #require(await TestAuthority.make())
    let after = try #require(await TestAuthority.make())
    let pair = try #require(await own.issue("server", "DNS:localhost"))
    let old = try #require(await before.issue("old", "URI:spiffe://example.org/old"))
    let new = try #require(await after.issue("new", "URI:spiffe://example.org/new"))
    var configuration = RPCServer.Configuration()
    configuration.tls = ServerTLS(
      certificateFile: pair.certificate, keyFile: pair.key, clientAuthoritiesFile: before.file)
    let server = try await RPCServer.start([WhoService()], configuration)
    let place = ["\(server.port)", own.file]
    let (asOld, asNew) = (place + [old.certificate, old.key], place + [new.certificate, new.key])
    #expect(await ask(asOld) == "spiffe spiffe://example.org/old private\n")
    #expect(await ask(asNew) == "UNAVAILABLE\n")

    before.replace(before.file, by: after.file)
    try server.reloadTLS()
    #expect(await ask(asOld) == "UNAVAILABLE\n")
    #expect(await ask(asNew) == "spiffe spiffe://example.org/new private\n")
    await server.drain(grace: .seconds(2))
  }

  @Test func `over a Unix-domain socket a caller is the user that its process runs as`()
    async throws
  {
    let authority = try #require(await TestAuthority.make())
    var configuration = RPCServer.Configuration()
    configuration.host = "unix:\(authority.folder)/who.sock"
    let server = try await RPCServer.start([WhoService()], configuration)
    #expect(await ask([configuration.host]) == "process \(getuid()) private\n")
    await server.drain(grace: .seconds(2))
  }
}

/// Says who the server takes its caller to be.
private struct WhoService: RPCService {
  var methods: [RPCMethod] {
    [
      .unary(MethodDescriptor(service: "test.Who", method: "AmI", type: .unary)) {
        (_: Bytes, context) -> Bytes in
        let who =
          switch context.peer.identity {
          case .anonymous: "anonymous"
          case .spiffe(let id): "spiffe \(id)"
          case .process(let user, _): "process \(user)"
          }
        return Bytes(Array((who + (context.peer.isPrivate ? " private" : "")).utf8))
      }
    ]
  }
}
