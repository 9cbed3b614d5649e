internal import ProtobufRuntime
internal import TopUpCore

/// Moments as a person types them: as the tables have them, or as JSON has them.
enum MomentText {
  /// The whole second that is named, to its end: tables leave its parts out.
  ///
  /// - Parameters:
  ///   - text: `2026-11-21 03:36:11` in local time, or `2026-11-21T03:36:11Z`; parts of the second
  ///     may follow.
  ///   - secondsFromUTC: how far local time is ahead of UTC at a moment.
  /// - Returns: nil when the text is no moment.
  static func timestamp(
    _ text: String, secondsFromUTC: (Int64) -> Int64 = Host.secondsFromUTC
  ) -> ProtobufTimestamp? {
    let isUTC = text.hasSuffix("Z")
    let halves = (isUTC ? text.dropLast() : text[...]).split(
      maxSplits: 1, omittingEmptySubsequences: false
    ) { $0 == " " || $0 == "T" }
    guard halves.count == 2, let date = date(halves[0]), let (second, nanos) = clock(halves[1])
    else { return nil }
    let seconds = date.daysFrom1970 * 86_400 + second
    guard !isUTC else { return ProtobufTimestamp(seconds: seconds, nanos: nanos) }
    // Where the zone's own clock is set in between, the moment after.
    let ahead = secondsFromUTC(seconds - secondsFromUTC(seconds))
    return ProtobufTimestamp(seconds: seconds - ahead, nanos: nanos)
  }

  private static func date(_ text: Substring) -> CivilDate? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], let year = number(parts[0]),
      let month = number(parts[1]), let day = number(parts[2])
    else { return nil }
    return CivilDate(year: year, month: Int(month), day: Int(day))
  }

  private static func clock(_ text: Substring) -> (second: Int64, nanos: Int32)? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fields = parts[0].split(separator: ":", omittingEmptySubsequences: false)
    guard fields.map(\.count) == [2, 2, 2], let hour = number(fields[0]),
      let minute = number(fields[1]), let second = number(fields[2]), hour < 24, minute < 60,
      second < 60
    else { return nil }
    var nanos: Int32 = 999_999_999
    if parts.count == 2 {
      guard (1...9).contains(parts[1].count), let digits = number(parts[1]) else { return nil }
      nanos = Int32(digits) * Int32(repeatElement(10, count: 9 - parts[1].count).reduce(1, *))
    }
    return (hour * 3_600 + minute * 60 + second, nanos)
  }

  /// Of digits alone.
  private static func number(_ text: Substring) -> Int64? {
    text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Int64(text) : nil
  }
}
