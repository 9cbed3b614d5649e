import Glibc
import SimulatedWorld
import StrictJSON
import TopUpCore

/// Lines for people: one for each call and each webhook, in columns, coloured on a terminal.
struct Console: Sendable {
  let isQuiet: Bool
  private let isColoured: Bool

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isColoured = isatty(1) == 1
  }

  /// Writes a line at once: whoever waits for the ports reads a pipe.
  func write(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(1, buffer.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      guard count > 0 else { return }  // Nobody reads any more: nothing to be done about it.
      sent += count
    }
  }

  func call(_ entry: RequestLog.Entry) {
    guard !isQuiet else { return }
    let what =
      entry.service == .node ? entry.endpoint : "\(entry.method) \(entry.path)"
    var tail = [Self.outcome(entry.answer)]
    if let key = entry.idempotencyKey { tail.append("key \(key)") }
    if !entry.note.isEmpty { tail.append("[\(entry.note)]") }
    line(
      entry.time, entry.service.rawValue, what, entry.status,
      tail.filter { !$0.isEmpty }.joined(separator: "  "))
  }

  func webhook(_ delivery: WebhookDelivery, status: Int?, at time: UnixTime) {
    guard !isQuiet else { return }
    let attempt = delivery.attempt > 1 ? "  try \(delivery.attempt)" : ""
    line(time, "webhook", delivery.type, status, delivery.event + attempt)
  }

  private func line(
    _ time: UnixTime, _ kind: String, _ what: String, _ status: Int?, _ tail: String
  ) {
    let shown = status.map(String.init) ?? "---"
    let text = pad(what, 58)
    let line = "\(WallClock.text(time))  \(pad(kind, 7))  \(text)  \(shown)  \(tail)"
    guard isColoured else { return write(line) }
    let colour =
      switch status {
      case .some(200..<300): "32"
      case .some(400..<500): "33"
      default: "31"
      }
    write(
      "\u{1B}[2m\(WallClock.text(time))\u{1B}[0m  \(pad(kind, 7))  \(text)  "
        + "\u{1B}[\(colour)m\(shown)\u{1B}[0m  \(tail)")
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// What an answer says in a word: an error's code, a status, a state.
  private static func outcome(_ body: [UInt8]) -> String {
    guard let json = try? JSON(parsing: body) else { return "" }
    if let error = json["error"] {
      let code = error["decline_code"]?.string ?? error["code"]?.string
      return code ?? error["type"]?.string ?? error["message"]?.string ?? ""
    }
    return json["status"]?.string ?? json["state"]?.string ?? ""
  }
}
