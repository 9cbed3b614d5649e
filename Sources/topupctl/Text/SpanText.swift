internal import ProtobufRuntime

/// Spans of time in the two units that matter, such as `11 h 4 min`.
enum SpanText {
  /// - Parameter text: a number and `ms`, `s`, `min`, `h` or `d`; a number alone counts seconds.
  /// - Returns: nil when the text is no span.
  static func duration(_ text: String) -> Duration? {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let milliseconds: Int128
    switch text.dropFirst(number.count).drop(while: { $0 == " " }) {
    case "ms": milliseconds = 1
    case "", "s": milliseconds = 1_000
    case "m", "min": milliseconds = 60_000
    case "h": milliseconds = 3_600_000
    case "d": milliseconds = 86_400_000
    default: return nil
    }
    guard let thousandths = try? DecimalText.units(number, exponent: 3, unit: "a span"),
      thousandths < 1 << 60
    else { return nil }
    return .milliseconds(Int64(clamping: thousandths * milliseconds / 1_000))
  }

  static func text(_ duration: ProtobufDuration?) -> String {
    duration.map { text(Duration($0)) } ?? ""
  }

  /// In as many units as it takes: what a person set, with nothing left out.
  static func exact(_ duration: ProtobufDuration?) -> String {
    guard let duration else { return "" }
    let (seconds, attoseconds) = Duration(duration).components
    let parts = [
      (seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"),
      (seconds % 60, "s"), (attoseconds / 1_000_000_000_000_000, "ms"),
      (attoseconds / 1_000_000_000 % 1_000_000, "ns"),
    ].filter { $0.0 != 0 }
    return parts.isEmpty ? "0 s" : parts.map { "\($0.0) \($0.1)" }.joined(separator: " ")
  }

  static func text(_ duration: Duration) -> String {
    if duration < .zero { return "-" + text(.zero - duration) }
    let (seconds, attoseconds) = duration.components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    switch seconds {
    case 0: return "\(milliseconds) ms"
    case ..<10: return milliseconds == 0 ? "\(seconds) s" : "\(seconds).\(milliseconds / 100) s"
    case ..<60: return "\(seconds) s"
    case ..<3_600: return pair(seconds / 60, "min", seconds % 60, "s")
    case ..<86_400: return pair(seconds / 3_600, "h", seconds / 60 % 60, "min")
    default: return pair(seconds / 86_400, "d", seconds / 3_600 % 24, "h")
    }
  }

  private static func pair(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String)
    -> String
  {
    small == 0 ? "\(large) \(unit)" : "\(large) \(unit) \(small) \(smallUnit)"
  }
}

extension Duration {
  fileprivate init(_ proto: ProtobufDuration) {
    self = .seconds(proto.seconds) + .nanoseconds(Int64(proto.nanos))
  }

  /// As the contract carries it.
  var proto: ProtobufDuration {
    let (seconds, attoseconds) = components
    return ProtobufDuration(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
  }
}
