internal import RPCCore
internal import TopUpAPI

/// Asks the daemon for what a statement is made of.
struct StatementSource {
  private let session: Session
  private let account: Account

  private static let pageSize: Int32 = 200

  init(_ session: Session, account: Account) {
    self.session = session
    self.account = account
  }

  /// - Parameter position: of an entry; 0 for the last.
  func balances(at position: Int64) async throws(CallFailure) -> GetLedgerBalancesResponse {
    let request = GetLedgerBalancesRequest(account: account, position: position)
    return try await session.call(BalanceRPC.getLedgerBalances) {
      connection async throws(RPCError) in
      try await connection.balances.getLedgerBalances(request, options: connection.long)
    }
  }

  /// - Parameter to: the last entry's position; nil for the last one now: what is written while
  ///   it is asked for does not change it.
  func statement(from: Int64, to: Int64?) async throws -> Statement {
    let after = try await balances(at: to ?? 0)
    guard from <= after.position || from == 1 else {
      throw UsageError("--from \(from) is behind the ledger's last entry, \(after.position)")
    }
    let before = from > 1 ? try await balances(at: from - 1).balances : []
    // Position 0 asks for the whole ledger, and in an empty one there is nothing to ask for.
    let entries = after.position > 0 ? try await entries(from: from, to: after.position) : []
    do throws(Statement.Fault) {
      return try Statement(
        from: from, to: after.position, before: before, entries: entries, after: after.balances)
    } catch {
      throw Unsuccessful(
        "the statement does not add up: \(error.problem); look with 'topupctl ledger verify'")
    }
  }

  /// Newest first.
  private func entries(from: Int64, to: Int64) async throws(CallFailure) -> [LedgerEntry] {
    var entries: [LedgerEntry] = []
    var token = ""
    repeat {
      let request = ListEntriesRequest(
        account: account, pageSize: Self.pageSize, pageToken: token, fromPosition: from,
        toPosition: to)
      let response = try await session.call(BalanceRPC.listEntries) {
        connection async throws(RPCError) in
        try await connection.balances.listEntries(request, options: connection.long)
      }
      entries += response.entries
      token = response.nextPageToken
    } while !token.isEmpty
    return entries
  }
}
