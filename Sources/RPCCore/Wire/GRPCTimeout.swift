/// The `grpc-timeout` field: how long the caller will wait.
package enum GRPCTimeout {
  /// Reads a timeout.
  ///
  /// - Parameter text: one to eight ASCII digits and a unit letter, for example `250m`.
  /// - Returns: the span in nanoseconds; one that passes `Int64.max` (292 years) is cut to it.
  /// - Throws: ``WireError/malformedTimeout`` on any other shape; the call then ends `INTERNAL`.
  /// - Source: gRPC PROTOCOL-HTTP2, "Requests", rule *Timeout*.
  package static func parse(_ text: Span<UInt8>) throws(WireError) -> Int64 {
    guard text.count >= 2, text.count <= 9 else { throw .malformedTimeout }
    var value: Int64 = 0
    for index in 0..<text.count - 1 {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { throw .malformedTimeout }
      value = value * 10 + Int64(digit)
    }
    let unit: Int64
    switch text[text.count - 1] {
    case UInt8(ascii: "H"): unit = 3_600_000_000_000
    case UInt8(ascii: "M"): unit = 60_000_000_000
    case UInt8(ascii: "S"): unit = 1_000_000_000
    case UInt8(ascii: "m"): unit = 1_000_000
    case UInt8(ascii: "u"): unit = 1_000
    case UInt8(ascii: "n"): unit = 1
    default: throw .malformedTimeout
    }
    let (span, overflow) = value.multipliedReportingOverflow(by: unit)
    return overflow ? .max : span
  }

  /// Writes a timeout in the finest unit whose number has at most eight digits, rounded up so
  /// that a caller never waits less than it meant.
  package static func format(nanoseconds: Int64) -> String {
    let span = max(nanoseconds, 0)
    let units: [(Int64, String)] = [
      (1, "n"), (1_000, "u"), (1_000_000, "m"), (1_000_000_000, "S"),
      (60_000_000_000, "M"), (3_600_000_000_000, "H"),
    ]
    for (unit, letter) in units {
      let count = span / unit + (span % unit == 0 ? 0 : 1)
      if count <= 99_999_999 { return "\(count)\(letter)" }
    }
    return "99999999H"
  }
}
