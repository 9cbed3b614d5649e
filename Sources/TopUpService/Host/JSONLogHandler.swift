internal import Glibc
package import Logging
internal import RPCTransport
internal import StrictJSON

/// Log lines as JSON, one object a line, on standard error.
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
    // One write a line: lines of several threads never run into one another.
    let bytes = JSON.object(object).utf8 + [0x0A]
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(2, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      written += count
    }
  }
}
