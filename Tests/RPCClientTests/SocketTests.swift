import RPCClient
import RPCCore
import RPCServer
import TestSupport
import Testing

/// Our client over loopback sockets.
@Suite(.timeLimit(.minutes(2))) struct SocketTests {
  @Test(arguments: [1, 2])
  func `every kind of call works against our own server`(loops: Int) async throws {
    var configuration = RPCServer.Configuration()
    configuration.loopCount = loops
    let server = try await RPCServer.start([EchoService()], configuration)
    let channel = try RPCChannel(host: "127.0.0.1", port: server.port)
    #expect(try await EchoExchange.failures(on: channel, scale: 2000) == [])
    await channel.close()
    await server.drain(grace: .seconds(5))
  }

  @Test func `every kind of call works against a stock grpcio server`() async throws {
    let server = try #require(
      PythonPeer.start("RPCClientTests/grpcio_server.py"),
      "no Python environment: scripts/bootstrap makes it")
    let port = try #require(server.firstLine().flatMap { UInt16($0) })
    let channel = try RPCChannel(host: "127.0.0.1", port: port)
    #expect(try await EchoExchange.failures(on: channel, scale: 1000) == [])

    do {
      let _: Bytes = try await channel.unary(
        EchoService.descriptor("Sleep", .unary), Bytes([]),
        options: CallOptions(timeout: .milliseconds(200)))
      Issue.record("a call without an end ended")
    } catch { #expect(error.code == .deadlineExceeded) }

    let calls = try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<1000 {
        group.addTask {
          let message = Bytes(Array("\(index)".utf8))
          let echo: Bytes = try await channel.unary(
            EchoService.descriptor("Unary", .unary), message,
            options: CallOptions(timeout: .seconds(60)))
          return echo == message
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(calls == 1000)
    await channel.close()
    server.stop()
  }

  @Test func `a name is resolved, and calls come from any executor`() async throws {
    let server = try await RPCServer.start([EchoService()])
    let channel = try RPCChannel(host: "localhost", port: server.port)
    let echo = EchoService.descriptor("Unary", .unary)
    try await withThrowingTaskGroup(of: Bytes.self) { group in
      for index in 0..<500 {
        group.addTask {
          try await channel.unary(echo, Bytes([UInt8(index & 0xFF)]), options: CallOptions())
        }
      }
      var sum = 0
      for try await response in group { sum += Int(response.bytes[0]) }
      #expect(sum == (0..<500).reduce(0) { $0 + $1 & 0xFF })
    }
    let onMain = try await Self.callOnMain(channel, echo)
    #expect(onMain == Bytes([1]))
    await channel.close()
    await server.drain(grace: .seconds(5))
  }

  @MainActor private static func callOnMain(
    _ channel: RPCChannel, _ method: MethodDescriptor
  ) async throws -> Bytes {
    let response: Bytes = try await channel.unary(method, Bytes([1]), options: CallOptions())
    MainActor.assertIsolated()
    return response
  }

  @Test func `a name without an address, and a port nobody serves, are UNAVAILABLE`() async throws {
    let server = try await RPCServer.start([EchoService()])
    let port = server.port
    await server.drain(grace: .zero)
    for host in ["127.0.0.1", "nobody.invalid"] {
      let channel = try RPCChannel(host: host, port: port)
      do {
        let _: Bytes = try await channel.unary(
          EchoService.descriptor("Unary", .unary), Bytes([]),
          options: CallOptions(timeout: .seconds(30)))
        Issue.record("a call to nobody was answered")
      } catch { #expect(error.code == .unavailable, "\(host): \(error)") }
    }
  }

  @Test func `a channel reconnects when its server comes back`() async throws {
    let first = try await RPCServer.start([EchoService()])
    let channel = try RPCChannel(host: "127.0.0.1", port: first.port)
    let echo = EchoService.descriptor("Unary", .unary)
    let one: Bytes = try await channel.unary(echo, Bytes([1]), options: CallOptions())
    #expect(one == Bytes([1]))
    await first.drain(grace: .seconds(5))
    var configuration = RPCServer.Configuration()
    configuration.port = first.port
    let second = try await RPCServer.start([EchoService()], configuration)
    let two: Bytes = try await channel.unary(
      echo, Bytes([2]), options: CallOptions(timeout: .seconds(30), waitsForReady: true))
    #expect(two == Bytes([2]))
    await channel.close()
    await second.drain(grace: .seconds(5))
  }

  @Test func `a server that drains loses no call of a busy client`() async throws {
    let server = try await RPCServer.start([EchoService()])
    var configuration = RPCServer.Configuration()
    configuration.port = server.port
    configuration.sharesPort = true
    let channel = try RPCChannel(host: "127.0.0.1", port: server.port)
    let echo = EchoService.descriptor("Unary", .unary)
    let next = try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          for index in 0..<300 {
            let message = Bytes([UInt8(worker), UInt8(index & 0xFF)])
            let answer: Bytes = try await channel.unary(
              echo, message, options: CallOptions(timeout: .seconds(30), waitsForReady: true))
            #expect(answer == message)
          }
        }
      }
      let next = try await RPCServer.start([EchoService()], configuration)
      await server.drain(grace: .seconds(10))
      try await group.waitForAll()
      return next
    }
    await channel.close()
    await next.drain(grace: .seconds(5))
  }
}
