/// The digest that chains the ledger: each entry's is over the one before it and its own content
/// (invariant 26). Every store computes the same, so that two can be compared.
package enum EntryDigest {
  package static let bytes = 32

  /// What stands before the first entry.
  package static let genesis = [UInt8](repeating: 0, count: bytes)

  /// One leg as it goes into the digest.
  package struct Leg: Sendable, Hashable {
    package var account: String
    package var asset: String
    package var amount: Int128

    package init(account: String, asset: String, amount: Int128) {
      self.account = account
      self.asset = asset
      self.amount = amount
    }
  }

  /// BLAKE2b-256 over the previous digest and the entry, each part behind its length.
  ///
  /// Balances do not enter: they follow from the legs, and are checked by recomputing them.
  package static func digest(
    after previous: [UInt8], position: Int64, topUp: TopUpID?, description: String,
    corrects: Int64?, at: UnixTime, legs: [Leg]
  ) -> [UInt8] {
    var message: [UInt8] = []
    message.reserveCapacity(256 + legs.count * 192)
    message.append(contentsOf: "topup.v1 entry".utf8)
    message.append(contentsOf: previous)
    append(UInt64(bitPattern: position), to: &message)
    append(topUp?.rawValue ?? "", to: &message)
    append(description, to: &message)
    // Positions begin at 1, so 0 names no entry.
    append(UInt64(bitPattern: corrects ?? 0), to: &message)
    append(UInt64(bitPattern: at.milliseconds), to: &message)
    append(UInt64(legs.count), to: &message)
    for leg in legs {
      append(leg.account, to: &message)
      append(leg.asset, to: &message)
      let bits = UInt128(bitPattern: leg.amount)
      append(UInt64(truncatingIfNeeded: bits >> 64), to: &message)
      append(UInt64(truncatingIfNeeded: bits), to: &message)
    }
    return BLAKE2b.digest(of: message, bytes: bytes)
  }

  private static func append(_ text: String, to message: inout [UInt8]) {
    append(UInt64(text.utf8.count), to: &message)
    message.append(contentsOf: text.utf8)
  }

  /// Most significant byte first.
  private static func append(_ word: UInt64, to message: inout [UInt8]) {
    var shift: UInt64 = 64
    while shift > 0 {
      shift -= 8
      message.append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }
}
