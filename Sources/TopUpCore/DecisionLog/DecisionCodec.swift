/// The bytes of everything that a decision looked at, kept beside it: from them the same decision
/// can be made again (invariant 1).
///
/// One input has one form, and only that one is read. Other forms in later releases get other
/// versions; what was written stays readable.
package enum DecisionCodec {
  /// The first byte of every record.
  package static let version: UInt8 = 1

  package static func encode(_ input: DecisionInput) -> [UInt8] {
    var writer = DecisionWriter(version: version, now: input.now)
    writer.input(input)
    return writer.bytes
  }

  /// - Throws: what is wrong with bytes that ``encode(_:)`` did not write; never traps.
  package static func decode(_ bytes: [UInt8]) throws(DecisionCodecError) -> DecisionInput {
    var reader = try DecisionReader(bytes)
    let input = try reader.input()
    try reader.finish()
    guard encode(input) == bytes else { throw .notCanonical }
    return input
  }

  /// What came of a decision, in eight bytes: equal for equal outcomes, whatever words explain them.
  package static func digest(of decision: Decision, at now: UnixTime) -> [UInt8] {
    var writer = DecisionWriter(version: version, now: now)
    writer.decision(decision)
    return BLAKE2b.digest(of: writer.bytes, bytes: 8)
  }
}
