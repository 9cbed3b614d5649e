import Logging
import Synchronization

/// What a log was told: each message, and the error beside it.
final class LogCatcher: Sendable {
  private let told = Mutex<[String]>([])

  var lines: [String] { told.withLock { $0 } }

  var logger: Logger {
    Logger(label: "test") { [self] _ in
      Handler { [self] line in told.withLock { $0.append(line) } }
    }
  }

  private struct Handler: LogHandler {
    let tell: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      tell("\(event.message)" + (event.metadata?["error"].map { ": \($0)" } ?? ""))
    }
  }
}
