/// A rule as bytes, in the form that a record of a decision has it in.
package enum PolicyCodec {
  package static func encode(_ policy: Policy) -> [UInt8] {
    // Moments are told from the clock's start.
    var writer = DecisionWriter(version: DecisionCodec.version, now: UnixTime(milliseconds: 0))
    writer.policy(policy, of: policy.account)
    return writer.bytes
  }

  /// - Parameter account: whose rule it is.
  /// - Throws: what is wrong with bytes that ``encode(_:)`` did not write; never traps.
  package static func decode(
    _ bytes: [UInt8], of account: AccountKey
  ) throws(DecisionCodecError) -> Policy {
    var reader = try DecisionReader(bytes)
    let policy = try reader.policy(of: account)
    try reader.finish()
    guard encode(policy) == bytes else { throw .notCanonical }
    return policy
  }
}
