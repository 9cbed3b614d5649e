internal import Glibc
internal import Logging
internal import TopUpCore
internal import TopUpService

/// The daemon's command line; everything else is in `TopUpService`.
@main
struct TopUpD {
  static func main() {
    let invocation: Invocation
    do throws(Invocation.Fault) {
      invocation = try Invocation(CommandLine.arguments.dropFirst())
    } catch { end("topupd: \(error.problem)\n\n\(Invocation.usage)", EX_USAGE) }
    switch invocation {
    case .run: run(readConfiguration())
    case .check:
      let settings = readConfiguration()
      print(
        "configuration is valid: calls on \(settings.listen), webhooks on \(settings.webhookListen)"
      )
    case .verify(let head): verify(against: head)
    case .replay(let position): replay(after: position)
    case .help: print(Invocation.usage)
    case .version: print(Release.version)
    }
  }

  /// Serves until it is told to stop.
  private static func run(_ settings: Configuration) -> Never {
    guard let level = Logger.Level(rawValue: settings.logLevel) else {
      end("topupd: TOPUP_LOG_LEVEL is not a level", EX_USAGE)
    }
    LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level) }
    let logger = Logger(label: "topupd")
    umask(0o077)
    // Whoever reads the log may go away: that ends no call.
    signal(SIGPIPE, SIG_IGN)
    // Blocked before any thread is made, so that only the wait below takes them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Task.detached {
      do throws(StartError) {
        let daemon = try await Daemon.start(settings, logger: logger) {
          // Nothing may be answered after a commit in doubt: the next start recovers. At once,
          // without exit handlers: the other threads are still at work.
          Glibc._exit(EX_TEMPFAIL)
        }
        print(
          "topupd \(Release.version) serves on \(daemon.address), webhooks on \(daemon.webhookAddress)"
        )
        fflush(nil)
        await Shutdown.shared.set(daemon)
      } catch {
        logger.critical("cannot start", metadata: ["error": "\(error)"])
        Glibc.exit(EX_CONFIG)
      }
    }
    var number: Int32 = 0
    repeat {
      sigwait(&signals, &number)
      if number == SIGHUP { Task.detached { await Shutdown.shared.reload() } }
    } while number == SIGHUP
    logger.notice("draining", metadata: ["signal": "\(number)"])
    Task.detached {
      await Shutdown.shared.drain()
      Glibc.exit(EXIT_SUCCESS)
    }
    // A second signal ends at once: what is durable is safe, the rest was never answered.
    repeat { sigwait(&signals, &number) } while number == SIGHUP
    Glibc.exit(128 + number)
  }

  /// Looks at a store that no daemon has open, and ends with 1 when something is wrong with it.
  private static func verify(against head: LedgerHead?) {
    let path = readDatabase()
    let verdict: StoreVerdict
    do throws(StartError) { verdict = try StoreAudit.verdict(path: path, against: head) } catch {
      end("topupd: \(error)", EX_CONFIG)
    }
    guard verdict.faults.isEmpty else {
      for fault in verdict.faults { print("\(path): \(fault)") }
      if verdict.hasMore { print("\(path): more is wrong than these lines tell") }
      fflush(nil)
      Glibc.exit(EXIT_FAILURE)
    }
    print("\(path) is sound: head \(verdict.head.map { "\($0)" } ?? "none")")
  }

  /// Decides again in a store that no daemon has open, and ends with 1 when something comes out
  /// otherwise.
  private static func replay(after position: Int64) {
    let path = readDatabase()
    let replay: DecisionReplay
    do throws(StartError) { replay = try StoreAudit.replay(path: path, after: position) } catch {
      end("topupd: \(error)", EX_CONFIG)
    }
    guard replay.different == 0 else {
      for fault in replay.faults { print("\(path): \(fault)") }
      print("\(path): \(replay.different) of \(replay.different + replay.same) decisions differ")
      fflush(nil)
      Glibc.exit(EXIT_FAILURE)
    }
    print("\(path): all \(replay.same) decisions come out as they were")
  }

  /// Where the store is that is looked at offline; its lock is nobody else's to read.
  private static func readDatabase() -> String {
    umask(0o077)
    var reader = ConfigurationReader(environment: readEnvironment()) { HostFile.text($0) }
    do throws(ConfigurationError) { return try reader.readDatabase() } catch {
      end("topupd: \(error.description)", EX_USAGE)
    }
  }

  /// Reads the configuration; says what is wrong with it and ends when something is.
  private static func readConfiguration() -> Configuration {
    var reader = ConfigurationReader(environment: readEnvironment()) { HostFile.text($0) }
    do throws(ConfigurationError) { return try reader.read() } catch {
      end("topupd: \(error.description)", EX_USAGE)
    }
  }

  private static func readEnvironment() -> [String: String] {
    var environment: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let equals = line.firstIndex(of: "=") {
        environment[String(line[..<equals])] = String(line[line.index(after: equals)...])
      }
      entry += 1
    }
    return environment
  }

  private static func end(_ text: String, _ code: Int32) -> Never {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    Glibc.exit(code)
  }
}

/// The daemon that is to be drained, which may still be starting.
private actor Shutdown {
  static let shared = Shutdown()
  private var daemon: Daemon?

  func set(_ daemon: Daemon) { self.daemon = daemon }

  func reload() { daemon?.reload() }

  func drain() async { await daemon?.drain() }
}
