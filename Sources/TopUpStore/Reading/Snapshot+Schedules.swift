internal import TopUpCore

extension Snapshot {
  func leadTimes(limit: Int) throws(StoreError) -> [Duration] {
    try mapped { () throws(SQLiteError) in try connection.leadTimes(max(limit, 0)) }
  }

  func occurrence(
    _ name: String, of account: AccountKey
  ) throws(StoreError) -> StoredOccurrence? {
    try mapped { () throws(SQLiteError) in try connection.occurrence(name, of: account) }
  }

  func lastOccurrence(of account: AccountKey) throws(StoreError) -> StoredOccurrence? {
    try mapped { () throws(SQLiteError) in try connection.lastOccurrence(of: account) }
  }

  func occurrence(
    of account: AccountKey, episode: Int64
  ) throws(StoreError) -> StoredOccurrence? {
    try mapped { () throws(SQLiteError) in try connection.occurrence(of: account, episode: episode)
    }
  }
}
