import Glibc
import RPCClient
import RPCCore
import RPCServer
import RPCTransport
import TestSupport
import Testing

/// A host of several addresses, of which not all answer.
@Suite(.timeLimit(.minutes(1))) struct SocketRaceTests {
  /// A port of 127.0.0.1 whose listener has no room: who connects waits, and hears nothing.
  private final class SilentPort {
    let port: UInt16
    private var descriptors: [Int32] = []

    init() throws {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let stream = Int32(SOCK_STREAM.rawValue)
      let listener = socket(AF_INET, stream, 0)
      let listens = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, length) == 0 && listen(listener, 0) == 0
            && getsockname(listener, $0, &length) == 0
        }
      }
      try #require(listens)
      port = UInt16(bigEndian: address.sin_port)
      descriptors = [listener]
      // More than the listener's queue takes; each is on its way, or waits for room for ever.
      for _ in 0..<4 {
        let filler = socket(AF_INET, stream | Int32(SOCK_NONBLOCK.rawValue), 0)
        _ = withUnsafePointer(to: &address) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(filler, $0, length)
          }
        }
        descriptors.append(filler)
      }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
  }

  /// One call over a channel to several ports of this host, in an order.
  private func call(_ ports: [UInt16], within timeout: Duration) async throws -> Bytes {
    let loop = try EpollLoop(name: "race")
    defer { loop.stop() }
    let addresses = ports.compactMap { SocketAddress(host: "127.0.0.1", port: $0) }
    let channel = RPCChannel(SocketDialer(addresses, on: loop), name: "test", on: loop)
    let answer: Bytes = try await channel.unary(
      EchoService.descriptor("Unary", .unary), Bytes([7]), options: CallOptions(timeout: timeout))
    await channel.close()
    return answer
  }

  @Test func `a silent address does not hold up the next one`() async throws {
    let server = try await RPCServer.start([EchoService()])
    let silent = [try SilentPort(), try SilentPort()]
    let answer = try await call(silent.map(\.port) + [server.port], within: .seconds(4))
    #expect(answer == Bytes([7]))
    await server.drain(grace: .seconds(1))
  }

  @Test func `the address that answers is kept, though one before it is silent`() async throws {
    let server = try await RPCServer.start([EchoService()])
    let silent = try SilentPort()
    let loop = try EpollLoop(name: "race")
    let addresses = [silent.port, server.port].compactMap {
      SocketAddress(host: "127.0.0.1", port: $0)
    }
    let channel = RPCChannel(SocketDialer(addresses, on: loop), name: "test", on: loop)
    let echo = EchoService.descriptor("Unary", .unary)
    for index in 0..<20 as Range<UInt8> {
      let answer: Bytes = try await channel.unary(echo, Bytes([index]), options: CallOptions())
      #expect(answer == Bytes([index]))
    }
    #expect(server.protectionCounts.values.allSatisfy { $0 == 0 })
    await channel.close()
    loop.stop()
    await server.drain(grace: .seconds(1))
  }

  @Test func `where all addresses refuse the reason is told, where one does it is passed over`()
    async throws
  {
    let server = try await RPCServer.start([EchoService()])
    let gone = try await RPCServer.start([EchoService()])
    await gone.drain(grace: .zero)
    let answer = try await call([gone.port, gone.port, server.port], within: .seconds(20))
    #expect(answer == Bytes([7]))
    do {
      _ = try await call([gone.port, gone.port], within: .seconds(20))
      Issue.record("nobody is there to answer")
    } catch let error as RPCError {
      #expect(error.code == .unavailable)
      #expect(error.message.contains("Connection refused"), "\(error)")
    }
    await server.drain(grace: .seconds(1))
  }

  @Test func `addresses of two families take turns, the preferred one first`() throws {
    let addresses = try ["::1", "::2", "::3", "192.0.2.1"].map {
      try #require(SocketAddress(host: $0, port: 1))
    }
    #expect(SocketAddress.alternating(addresses).map(\.host) == ["::1", "192.0.2.1", "::2", "::3"])
    #expect(SocketAddress.alternating(addresses.reversed()).first?.host == "192.0.2.1")
    #expect(SocketAddress.alternating([]) == [])
  }
}
