/// Where the pallet keeps an account's ledger, and how it writes it.
///
/// `ClusterLedger` of the pallet `DdcCustomers` is a double map from cluster and owner, both
/// hashed by plain BLAKE2b-256, so its keys cannot be listed back. The value is owner, total,
/// active and the chunks being unlocked.
/// - Source: pallet ddc-customers of Cere's blockchain-node.
package enum DDCLedgerCodec {
  /// What `state_getStorage` asks for.
  package static func storageKey(of account: DDCAccount) -> [UInt8] {
    mapPrefix + BLAKE2b.digest(of: account.cluster.bytes, bytes: 32)
      + BLAKE2b.digest(of: account.owner.bytes, bytes: 32)
  }

  /// Reads a storage value.
  ///
  /// That `total` is the sum of the others is not asked for: the chain once let a charge eat
  /// unlocking chunks, and only `active` decides anything here.
  /// - Parameter owner: whose ledger was asked for; another's is refused.
  package static func ledger(
    from value: [UInt8], of owner: AccountID32
  ) throws(DDCLedgerError) -> DDCLedger {
    let ledger: DDCLedger
    do throws(SCALEError) {
      ledger = try Self.ledger(from: value)
    } catch {
      throw .malformed(error)
    }
    guard ledger.owner == owner else { throw .otherOwner }
    return ledger
  }

  /// Writes a storage value, for the simulated node.
  package static func value(of ledger: DDCLedger) -> [UInt8] {
    var writer = SCALEWriter()
    writer.raw(ledger.owner.bytes)
    writer.compact(ledger.total.units.magnitude)
    writer.compact(ledger.active.units.magnitude)
    writer.vector(ledger.unlocking) { writer, chunk in
      writer.compact(chunk.value.units.magnitude)
      writer.compact(chunk.block)
    }
    return writer.bytes
  }

  private static func ledger(from value: [UInt8]) throws(SCALEError) -> DDCLedger {
    var reader = SCALEReader(value)
    let ownerBytes = try reader.bytes(32)
    guard let owner = AccountID32(ownerBytes) else { throw .truncated(offset: ownerBytes.count) }
    let total = try planck(&reader)
    let active = try planck(&reader)
    // The shortest chunk is two integers of one byte.
    let unlocking = try reader.vector(elementBytesMin: 2, of: chunk)
    try reader.finish()
    return DDCLedger(owner: owner, total: total, active: active, unlocking: unlocking)
  }

  private static func chunk(
    _ reader: inout SCALEReader
  ) throws(SCALEError) -> DDCLedger.Unlocking {
    DDCLedger.Unlocking(value: try planck(&reader), block: try reader.compact())
  }

  /// A u128 that counts planck; one above 2^127 - 1 can be no amount that exists.
  private static func planck(_ reader: inout SCALEReader) throws(SCALEError) -> Planck {
    let start = reader.offset
    guard let units = Int128(exactly: try reader.compact(UInt128.self)) else {
      throw .tooLarge(offset: start)
    }
    return Planck(units)
  }

  private static let mapPrefix =
    XXHash64.twox128("DdcCustomers") + XXHash64.twox128("ClusterLedger")
}
