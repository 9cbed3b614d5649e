import BenchAPI
import Glibc
import Logging
import RPCCore
import RPCServer
import Synchronization

/// The server that scripts/bench measures: `topupd.bench.v1.Echo` on the public parts of
/// `RPCServer`, with everything on that a served call passes in production.
///
/// Reads its few options itself: a library for that would be a third of the build that CI does to
/// count instructions.
@main
struct BenchServer {
  /// Kept until the process ends.
  private static let serving = Mutex<RPCServer?>(nil)
  private static let usage = """
    usage: benchserver [--port N] [--loops N] [--tls-cert FILE --tls-key FILE]
                       [--address-connections N]
    prints "ready PORT"; at each SIGUSR1 one line of what it protected itself from
    """

  static func main() {
    var configuration = RPCServer.Configuration()
    // What gRPC C++ and h2load are content with; more in flight on a connection than is measured.
    configuration.concurrentCallsMax = 128
    // All that is measured comes from one address.
    configuration.connectionsPerAddressMax = .max
    read(CommandLine.arguments.dropFirst(), into: &configuration)
    configuration.interceptors = [
      ServerMetrics(loopCount: configuration.loopCount), CallLog(Logger(label: "benchserver")),
      AdmissionControl(),
    ]
    // Blocked before any thread is made, so that only the wait below takes it. Ending by exit() and
    // not by the signal lets callgrind write down what it counted.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGUSR1)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Task.detached { [configuration] in await serve(configuration) }
    while true {
      var number: Int32 = 0
      sigwait(&signals, &number)
      guard number == SIGUSR1 else { exit(EXIT_SUCCESS) }
      printCounters()
    }
  }

  private static func printCounters() {
    guard let server = serving.withLock({ $0 }) else { return }
    var counts = server.protectionCounts
    counts.merge(server.tlsRefusalCounts) { $0 + $1 }
    counts["metadata_dropped"] = server.droppedMetadataCount
    print("counters", counts.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " "))
    fflush(nil)
  }

  private static func serve(_ configuration: RPCServer.Configuration) async {
    do {
      let server = try await RPCServer.start([EchoService(), HealthService()], configuration)
      print("ready \(server.port)")
      fflush(nil)
      serving.withLock { $0 = server }
    } catch {
      print("benchserver: \(error)")
      exit(EX_UNAVAILABLE)
    }
  }

  private static func read(
    _ arguments: ArraySlice<String>, into configuration: inout RPCServer.Configuration
  ) {
    var rest = arguments
    var certificate: String?
    var key: String?
    while let option = rest.popFirst() {
      let value = rest.popFirst() ?? ""
      switch option {
      case "--help": end(EXIT_SUCCESS)
      case "--port":
        guard let port = UInt16(value) else { end(EX_USAGE) }
        configuration.port = port
      case "--loops":
        guard let loops = Int(value), (1...64).contains(loops) else { end(EX_USAGE) }
        configuration.loopCount = loops
      case "--address-connections":
        guard let max = Int(value), max > 0 else { end(EX_USAGE) }
        configuration.connectionsPerAddressMax = max
      case "--tls-cert": certificate = value
      case "--tls-key": key = value
      default: end(EX_USAGE)
      }
    }
    switch (certificate, key) {
    case (let certificate?, let key?):
      configuration.tls = ServerTLS(certificateFile: certificate, keyFile: key)
    case (nil, nil): break
    // Half a pair would serve plaintext to who meant to measure TLS.
    case (_?, nil), (nil, _?): end(EX_USAGE)
    }
  }

  private static func end(_ code: Int32) -> Never {
    print(usage)
    exit(code)
  }
}
