/// Why a storage value is not the ledger that was asked for.
package enum DDCLedgerError: Error, Hashable, Sendable {
  case malformed(SCALEError)
  case otherOwner
}
