import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import NIOPosix

/// grpc-swift-2 as a peer of scripts/bench: `topupd.bench.v1.Echo` on one event loop.
///
///     grpcswiftserver        prints "ready PORT"
@main
struct GRPCSwiftServer {
  static func main() async throws {
    let server = GRPCServer(
      transport: .http2NIOPosix(
        address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext,
        eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1)),
      services: [EchoService()])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      guard let port = try await server.listeningAddress?.ipv4?.port else { exit(EX_UNAVAILABLE) }
      print("ready \(port)")
      fflush(nil)
      try await group.waitForAll()
    }
  }
}
