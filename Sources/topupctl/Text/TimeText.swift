internal import ProtobufRuntime
internal import StrictJSON

/// Moments in the local time of whoever reads them; `-o json` has them in UTC.
struct TimeText: Sendable {
  /// How far local time is ahead of UTC at a moment, in seconds.
  private let secondsFromUTC: @Sendable (Int64) -> Int64

  init(secondsFromUTC: @escaping @Sendable (Int64) -> Int64) {
    self.secondsFromUTC = secondsFromUTC
  }

  static let local = TimeText { Host.secondsFromUTC(at: $0) }

  /// Such as `2026-11-21 03:36:11`; empty for none.
  func moment(_ timestamp: ProtobufTimestamp?) -> String {
    guard let (date, clock) = parts(timestamp) else { return "" }
    return clock.isEmpty ? String(date) : "\(date) \(clock)"
  }

  /// The time of day alone, such as `03:36:11`; empty for none.
  func clock(_ timestamp: ProtobufTimestamp?) -> String {
    parts(timestamp).map { String($0.clock) } ?? ""
  }

  /// The calendar's text comes from the JSON form, which knows the calendar already.
  private func parts(_ timestamp: ProtobufTimestamp?) -> (date: Substring, clock: Substring)? {
    guard let timestamp else { return nil }
    let (seconds, overflow) = timestamp.seconds.addingReportingOverflow(
      secondsFromUTC(timestamp.seconds))
    guard !overflow, let text = ProtobufTimestamp(seconds: seconds).json.string, text.count == 20
    else { return ("a moment beyond the calendar", "") }
    return (text.prefix(10), text.dropFirst(11).prefix(8))
  }
}
