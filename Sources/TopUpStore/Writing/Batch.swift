internal import CSQLite
internal import TopUpCore

/// Commits that become durable together.
protocol CommitGroup {
  var count: Int { get }

  func commit(at place: Int) -> Commit
}

/// Applies commits in groups, each group one transaction of SQLite: one sync for all of them.
///
/// Used on the writer's thread alone.
final class BatchWriter {
  typealias Outcome = Result<Void, StoreError>

  let connection: Connection
  private let ledger = LedgerTail()
  private let accounts = AccountNumbers()
  /// The fence of this opening.
  private let opened: Int64
  /// The fence under which `ledger` is known to be right.
  private var fence: Int64
  private let doubt: Doubt
  private let commits: CommitCount
  private let standings: StandingCache?
  private let room: DiskRoom?

  /// - Parameters:
  ///   - commits: raised for each group.
  ///   - standings: forgets what each group touches.
  ///   - room: nil where the file is on no disk of the system's.
  init(
    _ connection: Connection, fence: Int64, doubt: Doubt, commits: CommitCount,
    standings: StandingCache?, room: DiskRoom?
  ) {
    self.connection = connection
    self.commits = commits
    self.standings = standings
    self.room = room
    opened = fence
    self.fence = fence
    self.doubt = doubt
  }

  /// Writes a group that grows while it is applied: what queues meanwhile needs no sync of its own.
  ///
  /// - Parameters:
  ///   - group: what is to be written; not empty.
  ///   - more: takes what has queued since, and adds it to the group; true if that was anything.
  /// - Returns: one outcome for each commit of the group as it became, in order, all of them final:
  ///   what succeeded is durable.
  func write<Group: CommitGroup>(
    _ group: inout Group, more: (inout Group) -> Bool
  ) -> [Outcome] {
    if let refusal = doubt.refusal { return refused(group, refusal) }
    if let room, !room.isLeft { return refused(group, .full) }
    do {
      let outcomes = try applied(&group, more)
      guard outcomes.contains(where: \.isSuccess) else {
        try rollBack()
        if fence > opened, outcomes.contains(where: \.isFenced) {
          // Nothing that this process knows how to do will pass again (invariant 41).
          doubt.set("another process has opened the store for writing")
        }
        return outcomes
      }
      return durable(outcomes, of: group, number: try connection.countCommitGroup())
    } catch {
      if error.isFailedSync { return inDoubt(group.count, error) }
      // Before COMMIT nothing else is in doubt: none of the group was written.
      return refused(group, undone(StoreError(error)))
    }
  }

  private func applied<Group: CommitGroup>(
    _ group: inout Group, _ more: (inout Group) -> Bool
  ) throws(SQLiteError) -> [Outcome] {
    try connection.run("BEGIN IMMEDIATE")
    let stored = try connection.settings().fence
    if stored != fence {
      // Another writer opened the store, and may have posted.
      ledger.forget()
      fence = stored
    }
    var outcomes: [Outcome] = []
    repeat {
      outcomes.reserveCapacity(group.count)
      while outcomes.count < group.count {
        outcomes.append(try applied(group.commit(at: outcomes.count), under: stored))
      }
    } while more(&group)
    return outcomes
  }

  private func applied(
    _ commit: borrowing Commit, under stored: Int64
  ) throws(SQLiteError) -> Outcome {
    guard commit.fence >= stored else { return .failure(.conflict(.fenced)) }
    try connection.run("SAVEPOINT one")
    let changes = Changes(
      connection: connection, ledger: ledger, accounts: accounts, now: commit.now)
    let conflict = try changes.apply(commit.changes)
    if conflict != nil {
      try connection.run("ROLLBACK TO one")
      ledger.rolledBack()
      accounts.forget()
    }
    try connection.run("RELEASE one")
    return conflict.map { .failure(.conflict($0)) } ?? .success(())
  }

  /// A COMMIT that fails leaves its whole group in doubt: the log's last page may be on disk though
  /// the sync failed, and reading it back is no evidence. The store then does nothing more.
  private func durable<Group: CommitGroup>(
    _ outcomes: [Outcome], of group: Group, number: UInt64
  ) -> [Outcome] {
    do {
      try connection.run("COMMIT")
      if let standings {
        standings.raise(to: number, forgetting: group)
      } else {
        commits.raise(to: number)
      }
      ledger.committed()
      return outcomes
    } catch {
      return inDoubt(outcomes.count, error)
    }
  }

  private func refused<Group: CommitGroup>(_ group: Group, _ reason: StoreError) -> [Outcome] {
    Array(repeating: .failure(reason), count: group.count)
  }

  private func inDoubt(_ count: Int, _ error: SQLiteError) -> [Outcome] {
    doubt.set("in doubt: \(error.sql) failed with \(error.code)")
    let failure = StoreError.inDoubt("\(error.code): \(error.message)")
    return Array(repeating: .failure(failure), count: count)
  }

  private func undone(_ reason: StoreError) -> StoreError {
    ledger.forget()
    accounts.forget()
    guard connection.isInTransaction else { return reason }
    do {
      try rollBack()
    } catch {
      doubt.set("in doubt: ROLLBACK failed with \(error.code)")
    }
    return reason
  }

  private func rollBack() throws(SQLiteError) {
    ledger.rolledBack()
    accounts.forget()
    try connection.run("ROLLBACK")
  }

  /// Copies the rest of the log after the checkpointer copied the bulk, so that the log begins
  /// again at its start.
  func finishCheckpoint() {
    guard doubt.refusal == nil else { return }
    do {
      try connection.checkpoint()
    } catch {
      doubt.set("in doubt: a checkpoint failed with \(error.code)")
    }
  }
}

extension BatchWriter.Outcome {
  var isSuccess: Bool {
    switch self {
    case .success: true
    case .failure: false
    }
  }

  fileprivate var isFenced: Bool {
    switch self {
    case .failure(.conflict(.fenced)): true
    case .success, .failure: false
    }
  }
}
