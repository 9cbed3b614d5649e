import ArgumentParser
import BenchAPI
import Glibc
import RPCServer

/// The server that scripts/bench measures: `topupd.bench.v1.Echo` on the public parts of
/// `RPCServer`, with everything on that a served call passes in production.
@main
struct BenchServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchserver",
    abstract: "Serves the echo service of the benchmarks; prints \"ready PORT\" when it does.")

  @Option(help: "The port on 127.0.0.1; 0 lets the kernel choose.") var port: UInt16 = 0
  @Option(help: "Threads that serve.") var loops = 1

  func validate() throws {
    guard (1...64).contains(loops) else { throw ValidationError("--loops is 1 to 64") }
  }

  func run() async throws {
    var configuration = RPCServer.Configuration()
    configuration.port = port
    configuration.loopCount = loops
    // h2load sends as many as the server's SETTINGS allow; the peers allow at least this.
    configuration.concurrentCallsMax = 128
    configuration.interceptors = [CallCounter()]
    let server = try await RPCServer.start([EchoService()], configuration)
    print("ready \(server.port)")
    fflush(nil)
    // Ends by signal: there is nothing to lose.
    while true { try await Task.sleep(for: .seconds(3_600)) }
  }
}
