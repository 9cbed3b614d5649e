import Glibc
import RPCClient
import RPCCore
import RPCServer
import TestSupport
import Testing

/// Our client and server over what is not plain TCP: TLS, Unix-domain sockets, the probe port.
@Suite(.timeLimit(.minutes(2))) struct SecureSocketTests {
  private func error(
    of channel: RPCChannel, _ method: MethodDescriptor = EchoService.descriptor("Unary", .unary)
  ) async -> RPCError? {
    do throws(RPCError) {
      let _: Bytes = try await channel.unary(
        method, Bytes([1]), options: CallOptions(timeout: .seconds(20)))
      return nil
    } catch { return error }
  }

  @Test func `every kind of call works over mutual TLS`() async throws {
    let authority = try #require(await TestAuthority.make())
    let own = try #require(await authority.issue("server", "DNS:localhost,IP:127.0.0.1"))
    let node = try #require(await authority.issue("node", "URI:spiffe://example.org/node"))
    var configuration = RPCServer.Configuration()
    configuration.tls = ServerTLS(
      certificateFile: own.certificate, keyFile: own.key, clientAuthoritiesFile: authority.file)
    let server = try await RPCServer.start([EchoService()], configuration)

    var options = RPCChannel.Configuration()
    options.tls = ClientTLS(
      authoritiesFile: authority.file, certificateFile: node.certificate, keyFile: node.key)
    let channel = try RPCChannel(host: "127.0.0.1", port: server.port, options)
    #expect(try await EchoExchange.failures(on: channel, scale: 1000) == [])
    await channel.close()

    options.tls?.certificateFile = nil
    options.tls?.keyFile = nil
    let nobody = try RPCChannel(host: "127.0.0.1", port: server.port, options)
    let refusal = await error(of: nobody)
    #expect(refusal?.code == .unavailable)
    #expect(refusal?.message.contains("certificate required") == true, "\(refusal?.message ?? "")")
    await nobody.close()

    options.tls?.serverName = "example.org"
    let misled = try RPCChannel(host: "127.0.0.1", port: server.port, options)
    let mismatch = await error(of: misled)
    #expect(mismatch?.message.contains("hostname mismatch") == true, "\(mismatch?.message ?? "")")
    await misled.close()
    await server.drain(grace: .seconds(2))
  }

  @Test func `every kind of call works over a Unix-domain socket`() async throws {
    let authority = try #require(await TestAuthority.make())
    let path = "\(authority.folder)/calls.sock"
    var configuration = RPCServer.Configuration()
    configuration.host = "unix:\(path)"
    configuration.socketMode = 0o660
    let server = try await RPCServer.start([EchoService()], configuration)
    #expect(server.address == "unix:\(path)")
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)

    let channel = try RPCChannel(host: "unix:\(path)", port: 0)
    #expect(try await EchoExchange.failures(on: channel, scale: 1000) == [])
    await channel.close()

    await #expect(throws: ServerError.self, "somebody listens there") {
      _ = try await RPCServer.start([EchoService()], configuration)
    }
    await server.drain(grace: .seconds(2))
    #expect(access(path, F_OK) != 0, "the file goes with the server")
  }

  @Test func `a socket that was left behind is replaced, and another file is not`() async throws {
    let authority = try #require(await TestAuthority.make())
    let path = "\(authority.folder)/left.sock"
    let left = await Subprocess.run([
      "python3", "-c",
      "import socket; socket.socket(socket.AF_UNIX).bind('\(path)')",
    ])
    #expect(left.exitCode == 0 && access(path, F_OK) == 0, "\(left.output)")
    var configuration = RPCServer.Configuration()
    configuration.host = "unix:\(path)"
    let server = try await RPCServer.start([EchoService()], configuration)
    await server.drain(grace: .seconds(2))

    configuration.host = "unix:\(authority.file)"
    await #expect(throws: ServerError.self) {
      _ = try await RPCServer.start([EchoService()], configuration)
    }
    #expect(access(authority.file, F_OK) == 0)
  }

  @Test func `the probe port serves health and nothing else`() async throws {
    var configuration = RPCServer.Configuration()
    configuration.probe = RPCServer.Probe(host: "0.0.0.0", port: 0)
    let server = try await RPCServer.start([EchoService(), HealthService()], configuration)
    let channel = try RPCChannel(host: "127.0.0.1", port: try #require(server.probePort))
    let check = MethodDescriptor(service: "grpc.health.v1.Health", method: "Check", type: .unary)
    let answer: Bytes = try await channel.unary(
      check, Bytes([]), options: CallOptions(timeout: .seconds(20)))
    #expect(answer == Bytes([8, 1]), "SERVING")
    #expect(await error(of: channel)?.code == .unimplemented)
    await channel.close()
    await server.drain(grace: .seconds(2))

    await #expect(throws: ServerError.noHealthService) {
      _ = try await RPCServer.start([EchoService()], configuration)
    }
  }

  @Test func `a connection that is open outlives a reload of the certificate`() async throws {
    let authority = try #require(await TestAuthority.make())
    let own = try #require(await authority.issue("server", "DNS:localhost,IP:127.0.0.1"))
    var configuration = RPCServer.Configuration()
    configuration.tls = ServerTLS(certificateFile: own.certificate, keyFile: own.key)
    let server = try await RPCServer.start([EchoService()], configuration)
    var options = RPCChannel.Configuration()
    options.tls = ClientTLS(authoritiesFile: authority.file)
    let old = try RPCChannel(host: "127.0.0.1", port: server.port, options)
    #expect(await error(of: old) == nil)

    // Nobody who connects from now on takes this name; who is connected does not ask again.
    let other = try #require(await authority.issue("other", "DNS:other.example.org"))
    authority.replace(own.certificate, by: other.certificate)
    authority.replace(own.key, by: other.key)
    try server.reloadTLS()
    #expect(await error(of: old) == nil)
    let new = try RPCChannel(host: "127.0.0.1", port: server.port, options)
    #expect(await error(of: new)?.message.contains("address mismatch") == true)
    await old.close()
    await new.close()
    await server.drain(grace: .seconds(2))
  }

  @Test func `a call that is under way during a reload goes on as if nothing had happened`()
    async throws
  {
    let authority = try #require(await TestAuthority.make())
    let own = try #require(await authority.issue("server", "DNS:localhost,IP:127.0.0.1"))
    var configuration = RPCServer.Configuration()
    configuration.tls = ServerTLS(certificateFile: own.certificate, keyFile: own.key)
    let server = try await RPCServer.start([EchoService()], configuration)
    var settings = RPCChannel.Configuration()
    settings.tls = ClientTLS(authoritiesFile: authority.file)
    let channel = try RPCChannel(host: "127.0.0.1", port: server.port, settings)
    let other = try #require(await authority.issue("other", "DNS:other.example.org"))
    authority.replace(own.certificate, by: other.certificate)
    authority.replace(own.key, by: other.key)

    let echoes = CallLog()
    try await channel.bidirectional(
      EchoService.descriptor("Both", .bidirectional),
      options: CallOptions(timeout: .seconds(60))
    ) {
      (responses: MessageStream<Bytes>, writer: MessageWriter<Bytes>, call)
        async throws(RPCError) in
      for round in 0..<2 {
        let message = [UInt8](repeating: UInt8(round), count: 40_000)
        try await writer.write(Bytes(message))
        guard let response = try await responses.next() else { return }
        echoes.add(response.bytes)
        if round == 0 {
          do throws(TLSError) { try server.reloadTLS() } catch {
            throw RPCError(.aborted, "\(error)")
          }
        }
      }
      call.endRequests()
      if try await responses.next() != nil { echoes.add([]) }
    }
    #expect(echoes.messages == (0..<2).map { [UInt8](repeating: UInt8($0), count: 40_000) })
    let late = try RPCChannel(host: "127.0.0.1", port: server.port, settings)
    #expect(await error(of: late)?.message.contains("address mismatch") == true)
    await late.close()
    await channel.close()
    await server.drain(grace: .seconds(2))
  }
}
