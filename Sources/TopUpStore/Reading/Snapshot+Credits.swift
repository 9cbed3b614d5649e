internal import TopUpCore

extension Snapshot {
  func creditMovement(_ id: String) throws(StoreError) -> StoredCreditMovement? {
    try mapped { () throws(SQLiteError) in try connection.creditMovement(id) }
  }

  func balance(of account: LedgerAccount) throws(StoreError) -> Int128 {
    try mapped { () throws(SQLiteError) in try connection.ledgerBalance(account) }
  }
}
