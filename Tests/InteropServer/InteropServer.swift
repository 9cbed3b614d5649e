import Glibc
import InteropAPI
import RPCCore
import RPCServer
import Synchronization
import TestSupport

/// gRPC's interop test server on the public parts of `RPCServer`.
///
/// - Source: gRPC, "Interoperability Test Case Descriptions", "Server".
@main
struct InteropServer {
  /// Kept until the process ends.
  private static let serving = Mutex<RPCServer?>(nil)
  private static let drainGrace = Duration.seconds(5)
  private static let usage = """
    usage: interop-server [--port N] [--loops N] [--tls --tls-dir FOLDER]
    Serves grpc.testing.TestService, health, reflection and channelz on 127.0.0.1 and prints "ready PORT".
    --port N          0 (the default) lets the kernel choose
    --loops N         threads that serve, 1 unless said otherwise
    --tls             serves TLS with a certificate for localhost and 127.0.0.1, made at the start,
                      and prints "ca FILE" before: the authority to trust
    --tls-dir FOLDER  where the certificates are made, and stay
    """

  static func main() {
    let options: InteropOptions
    do throws(InteropOptions.Problem) {
      options = try InteropOptions(CommandLine.arguments.dropFirst())
    } catch {
      switch error {
      case .wantsHelp: end(usage, EXIT_SUCCESS)
      case .notUnderstood(let word): end("interop-server: \(word)?\n\(usage)", EX_USAGE)
      }
    }
    // Blocked before any thread is made, so that only the wait below takes them.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Task.detached { await serve(options) }
    var number: Int32 = 0
    sigwait(&signals, &number)
    Task.detached {
      await serving.withLock { $0 }?.drain(grace: drainGrace)
      exit(EXIT_SUCCESS)
    }
    // A second signal ends it at once.
    sigwait(&signals, &number)
    exit(EXIT_FAILURE)
  }

  private static func serve(_ options: InteropOptions) async {
    var configuration = RPCServer.Configuration()
    configuration.port = options.port
    configuration.loopCount = options.loopCount
    let reflection = ReflectionService(
      services: [TestServiceRPC.serviceName], files: InteropAPIFiles.all)
    if let folder = options.tlsFolder {
      guard let authority = await TestAuthority.make(in: folder),
        let pair = await authority.issue("server", "DNS:localhost,IP:127.0.0.1")
      else { end("interop-server: no certificates could be made in \(folder)", EX_CANTCREAT) }
      configuration.tls = ServerTLS(certificateFile: pair.certificate, keyFile: pair.key)
      print("ca \(authority.file)")
    }
    let channelz = ChannelzService()
    do {
      let server = try await RPCServer.start(
        [TestService(), HealthService(), reflection, channelz], configuration)
      channelz.show(server)
      serving.withLock { $0 = server }
      print("ready \(server.port)")
      fflush(nil)
    } catch { end("interop-server: \(error)", EX_UNAVAILABLE) }
  }

  private static func end(_ text: String, _ code: Int32) -> Never {
    print(text)
    exit(code)
  }
}
