public import StrictJSON

extension ProtobufTimestamp {
  /// RFC 3339 in UTC, such as `2024-02-29T12:00:00.5Z` with 0, 3, 6 or 9 digits; a moment outside
  /// the years 1 to 9999 has no such text and is told as its two fields.
  public var json: JSON {
    guard CivilTime.secondsRange.contains(seconds), (0..<1_000_000_000).contains(nanos) else {
      return ["seconds": .string(String(seconds)), "nanos": .integer(nanos)]
    }
    return .string(CivilTime.text(seconds: seconds) + CivilTime.fraction(nanos: nanos) + "Z")
  }
}

extension ProtobufDuration {
  /// Seconds and an `s`, such as `1.500s`; a span whose parts differ in sign has no such text and
  /// is told as its two fields.
  public var json: JSON {
    let hasOneSign = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0)
    guard hasOneSign, nanos.magnitude < 1_000_000_000 else {
      return ["seconds": .string(String(seconds)), "nanos": .integer(nanos)]
    }
    let sign = seconds < 0 || nanos < 0 ? "-" : ""
    return .string("\(sign)\(seconds.magnitude)\(CivilTime.fraction(nanos: nanos))s")
  }
}

extension ProtobufAny {
  /// The type and the bytes as base64: what is inside only a reader that knows the type can tell.
  public var json: JSON {
    ["@type": .string(typeURL), "value": ProtobufJSON.bytes(value)]
  }
}
