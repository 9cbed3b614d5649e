/// The 44 bytes in front of each block (RFC 9636 §3.1).
struct TZifHeader {
  /// 1 to 4.
  let version: Int
  let universalIndicators: Int
  let standardIndicators: Int
  let leapSeconds: Int
  let transitions: Int
  let types: Int
  let nameBytes: Int

  init(_ reader: inout TZifReader) throws(TZifError) {
    guard try reader.bytes(4).elementsEqual("TZif".utf8) else { throw .notTZif }
    let digit = try reader.byte()
    switch digit {
    case 0: version = 1
    case UInt8(ascii: "2")...UInt8(ascii: "4"): version = Int(digit - UInt8(ascii: "0"))
    default: throw .unsupportedVersion(digit)
    }
    try reader.skip(15)  // Kept back; readers do not look at it.
    universalIndicators = try Self.count(&reader)
    standardIndicators = try Self.count(&reader)
    leapSeconds = try Self.count(&reader)
    transitions = try Self.count(&reader)
    types = try Self.count(&reader)
    nameBytes = try Self.count(&reader)
  }

  /// What follows the header. Six counts below 2^32 cannot overflow the sum.
  func blockBytes(timeBytes: Int) -> Int {
    transitions * (timeBytes + 1) + types * 6 + nameBytes + leapSeconds * (timeBytes + 4)
      + standardIndicators + universalIndicators
  }

  private static func count(_ reader: inout TZifReader) throws(TZifError) -> Int {
    Int(UInt32(truncatingIfNeeded: try reader.integer(bytes: 4)))
  }
}
