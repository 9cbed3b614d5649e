internal import Glibc
package import Logging
internal import RPCTransport
package import StrictJSON
internal import Synchronization

/// Log lines as JSON, one object a line, on standard error. Lines that nobody takes are left out and
/// counted, for a reader that has stopped must not stop the calls: the next line says how many in `lost`.
///
/// Nothing with a secret has a description, so none can come in here.
package struct JSONLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel: Logger.Level
  private let label: String

  package init(label: String, level: Logger.Level) {
    self.label = label
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var object = JSONObject()
    object["ts"] = .integer(System.unixMilliseconds())
    object["level"] = .string(event.level.rawValue)
    object["logger"] = .string(label)
    object["msg"] = .string("\(event.message)")
    let all = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      object[key] = .string("\(value)")
    }
    LogOutput.standardError.write(object)
  }
}

/// Where lines go, one at a time.
package final class LogOutput: Sendable {
  static let standardError = LogOutput(2)

  /// A pipe that is ready takes so much at once (POSIX, `PIPE_BUF` on Linux).
  private static let readyBytes = 4_096
  /// How long the rest of a longer line is waited for.
  private static let restMilliseconds: Int32 = 100

  private let descriptor: Int32
  private let state = Mutex((lost: 0, isCut: false))

  package init(_ descriptor: Int32) { self.descriptor = descriptor }

  package func write(_ object: JSONObject) {
    state.withLock { state in
      var object = object
      if state.lost > 0 { object["lost"] = .integer(Int64(state.lost)) }
      // What of a line went out before it was given up is a line by itself.
      let bytes = (state.isCut ? [0x0A] : []) + JSON.object(object).utf8 + [0x0A]
      let written = put(bytes)
      if written > 0 { state.isCut = written < bytes.count }
      state.lost = written == bytes.count ? 0 : state.lost + 1
    }
  }

  /// - Returns: how many went out.
  private func put(_ bytes: [UInt8]) -> Int {
    var written = 0
    while written < bytes.count {
      guard isReady(within: written == 0 ? 0 : Self.restMilliseconds) else { break }
      let count = bytes.withUnsafeBytes {
        Glibc.write(
          descriptor, $0.baseAddress?.advanced(by: written),
          min(bytes.count - written, Self.readyBytes))
      }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count > 0 else { break }
      written += count
    }
    return written
  }

  private func isReady(within milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&entry, 1, milliseconds) == 1 && entry.revents & Int16(POLLOUT) != 0
  }
}
