/// A time zone file put together field by field, so that each can be wrong on its own.
struct TZifFile {
  var magic = Array("TZif".utf8)
  var version = UInt8(ascii: "2")
  var moments: [Int64] = []
  var indices: [UInt8] = []
  /// Offset, daylight flag, index of the name.
  var types: [(Int32, UInt8, UInt8)] = [(3600, 0, 0)]
  var names = Array("LMT\0".utf8)
  var leapSeconds = 0
  var standardIndicators: [UInt8] = []
  var universalIndicators: [UInt8] = []
  var footer: String? = ""
  var trailing: [UInt8] = []

  var bytes: [UInt8] {
    guard version != 0 else { return header + block(timeBytes: 4) + trailing }
    let end = footer.map { Array("\n\($0)\n".utf8) } ?? []
    return header + block(timeBytes: 4) + header + block(timeBytes: 8) + end + trailing
  }

  private var header: [UInt8] {
    let counts = [
      universalIndicators.count, standardIndicators.count, leapSeconds, moments.count, types.count,
      names.count,
    ]
    return magic + [version] + Array(repeating: 0, count: 15)
      + counts.flatMap { Self.field(Int64($0), bytes: 4) }
  }

  private func block(timeBytes: Int) -> [UInt8] {
    moments.flatMap { Self.field($0, bytes: timeBytes) } + indices
      + types.flatMap { Self.field(Int64($0.0), bytes: 4) + [$0.1, $0.2] } + names
      + Array(repeating: 0, count: leapSeconds * (timeBytes + 4)) + standardIndicators
      + universalIndicators
  }

  private static func field(_ number: Int64, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: number >> ((bytes - 1 - $0) * 8)) }
  }
}
