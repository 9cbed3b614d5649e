/// The digest that chains the ledger: each entry's is over the one before it and its own content
/// (invariant 26). Every store computes the same, so that two can be compared.
///
/// BLAKE2b-256 over the previous digest and the entry, each text behind its length. Balances do not
/// enter: they follow from the legs, and are checked by recomputing them.
package struct EntryDigest {
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

  private var hash = BLAKE2b(digestBytes: Self.bytes)

  /// Begins with what is no leg.
  ///
  /// - Parameters:
  ///   - previous: the digest of the entry before, or ``genesis``.
  ///   - legs: how many there are; each is then added, in the order of their places.
  package init(
    after previous: [UInt8], position: Int64, topUp: TopUpID?, description: String,
    corrects: Int64?, at: UnixTime, legs: Int
  ) {
    hash.update("topup.v1 entry".utf8.span)
    hash.update(previous)
    add(UInt64(bitPattern: position))
    add(topUp?.rawValue ?? "")
    add(description)
    // Positions begin at 1, so 0 names no entry.
    add(UInt64(bitPattern: corrects ?? 0))
    add(UInt64(bitPattern: at.milliseconds))
    add(UInt64(legs))
  }

  package mutating func add(_ leg: Leg) {
    add(leg.account)
    add(leg.asset)
    let bits = UInt128(bitPattern: leg.amount)
    add(UInt64(truncatingIfNeeded: bits >> 64))
    add(UInt64(truncatingIfNeeded: bits))
  }

  package func finish() -> [UInt8] { hash.finish() }

  /// The whole of an entry at once.
  package static func digest(
    after previous: [UInt8], position: Int64, topUp: TopUpID?, description: String,
    corrects: Int64?, at: UnixTime, legs: [Leg]
  ) -> [UInt8] {
    var digest = EntryDigest(
      after: previous, position: position, topUp: topUp, description: description,
      corrects: corrects, at: at, legs: legs.count)
    for leg in legs { digest.add(leg) }
    return digest.finish()
  }

  private mutating func add(_ text: String) {
    let bytes = text.utf8.span
    add(UInt64(bytes.count))
    hash.update(bytes)
  }

  /// Most significant byte first.
  private mutating func add(_ word: UInt64) {
    let bytes: InlineArray<1, UInt64> = [word.bigEndian]
    hash.update(bytes.span.bytes)
  }
}
