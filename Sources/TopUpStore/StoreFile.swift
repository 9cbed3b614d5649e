internal import Glibc
internal import Synchronization
package import TopUpCore

/// The store in one SQLite file: one writer thread, any number of readers.
///
/// One process has it open for writing at a time: a lock says so to the next one. Where a lock does
/// not reach, opening it raises its fence, so that whoever had it open before is refused from then
/// on (invariant 41). The file must lie on a local disk: SQLite's log needs shared memory and locks
/// that network file systems do not keep.
package final class StoreFile: Store {
  package let path: String
  /// The token that this opening writes under.
  package let fence: Int64
  /// Made with the file (invariant 50).
  package let storeID: String

  private let readers: ReaderPool
  private let writer: any CommitSink
  private let doubt: Doubt
  private let lock: Mutex<StoreLock?>
  private let isOpen = Atomic<Bool>(true)

  /// Opens the file for writing; makes it, for its owner's eyes only, when it is not there.
  ///
  /// - Parameters:
  ///   - vfs: name of the system interface that SQLite uses; nil for the platform's own.
  ///   - pagesMax: how many pages of 4 KiB the file may have; beyond it commits are refused
  ///     ``StoreError/full``, as on a full disk.
  ///   - leastRoom: how many bytes the disk must have left for a commit to be begun, 32 MiB when
  ///     nothing is said; below it commits are refused ``StoreError/full``. Another system interface
  ///     is not asked.
  ///   - isInline: commits on the caller's thread, one by one, and starts no thread: for a
  ///     simulation.
  ///   - isAlone: refuses to open what another has open. False leaves it to the fence, as where
  ///     locks do not reach.
  ///   - cachedBalances: how many accounts' balances are kept in memory at most, 144 bytes each, of
  ///     those that are asked for; 0 keeps none. Only where nobody else can write.
  ///   - randomBytes: gives that many random bytes, for the id of a file that is made now.
  ///   - whenLost: called once, with the reason, when this opening may not be used any more and
  ///     only a restart helps (invariants 41, 49). No commit that is in doubt for it has been
  ///     answered by then.
  /// - Throws: ``StoreError/unavailable(_:)`` in words for an operator.
  package static func open(
    path: String, vfs: String? = nil, pagesMax: Int64? = nil, isInline: Bool = false,
    isAlone: Bool = true, leastRoom: Int64? = nil, cachedBalances: Int = 1 << 20,
    randomBytes: (Int) -> [UInt8] = systemRandomBytes,
    whenLost: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(StoreError) -> StoreFile {
    // Another system interface has files of its own kind.
    if vfs == nil { try create(path) }
    let connection = try mapped { () throws(SQLiteError) in
      let connection = try Connection(path: path, .writer, vfs: vfs)
      guard !connection.isReadOnly else {
        throw .refusal("the store's file cannot be written to: \(path)")
      }
      return connection
    }
    let lock = vfs == nil && isAlone ? try StoreLock(store: path) : nil
    try checkSound(connection, path)
    try mapped { () throws(SQLiteError) in try connection.becomeWriter() }
    try writeAgain(connection, path, isAlone: lock != nil)
    return try mapped { () throws(SQLiteError) in
      try Migrations.run(on: connection) { Hex.text(randomBytes(16)) }
      if let pagesMax { try connection.limit(pages: pagesMax) }
      return try StoreFile(
        path: path, vfs: vfs, isInline: isInline, connection, lock, Doubt(whenSet: whenLost),
        cachedBalances: cachedBalances,
        room: vfs == nil ? DiskRoom(path: path, least: leastRoom ?? DiskRoom.least) : nil)
    }
  }

  /// Nothing is written to a store that shows damage: what is left of it stays as it is.
  private static func checkSound(
    _ connection: Connection, _ path: String
  ) throws(StoreError) {
    do throws(StoreError) {
      try mapped { () throws(SQLiteError) in
        try connection.run("BEGIN")
        if try Migrations.check(connection) > 0,
          let fault = Verification(connection).faultAtOpening()
        {
          throw .impossible("\(fault)")
        }
        try connection.run("COMMIT")
      }
    } catch {
      guard case .corrupt(let why) = error else { throw error }
      throw .corrupt(
        """
        the file \(path) is damaged, and nothing was changed in it: \(why). Keep it and the files \
        beside it; 'topupd verify' lists all that is wrong, and docs/OPERATIONS.md, "A damaged \
        store", says how to go on
        """)
    }
  }

  /// Copies all that the log has into the file, and begins it anew.
  ///
  /// What a failed sync left there is read back from the kernel's cache, which may count it as
  /// written: a loss of power would take it, and with it all that follows in the log. So it is
  /// written again before anything follows it (invariant 49).
  ///
  /// - Parameter isAlone: whether nobody else writes. Where another has the file open, the log's index
  ///   is that one's, who put nothing into it that it did not sync: then what cannot be copied now is
  ///   left to it.
  private static func writeAgain(
    _ connection: Connection, _ path: String, isAlone: Bool
  ) throws(StoreError) {
    let isDone: Bool
    do throws(SQLiteError) {
      isDone = try connection.restartLog(waits: isAlone)
    } catch {
      guard case .unavailable(let why) = StoreError(error) else { throw StoreError(error) }
      throw .unavailable("the log of \(path) cannot be copied into the file: \(why)")
    }
    guard isDone || !isAlone else {
      throw .unavailable(
        """
        another program reads the file \(path), so that its log cannot be begun anew: end what looks \
        at it, such as a backup or a shell, and start again
        """)
    }
  }

  private init(
    path: String, vfs: String?, isInline: Bool, _ connection: Connection, _ lock: StoreLock?,
    _ doubt: Doubt, cachedBalances: Int, room: DiskRoom?
  ) throws(SQLiteError) {
    self.doubt = doubt
    self.lock = Mutex(lock)
    let settings = try connection.raiseFence()
    self.path = path
    fence = settings.fence
    storeID = settings.storeID
    let commits = CommitCount(try connection.commitGroups())
    let standings =
      isInline || lock == nil || cachedBalances == 0
      ? nil : StandingCache(accounts: cachedBalances, commits: commits)
    // In a simulation several write one file without a lock, and each read is one of the newest.
    readers = ReaderPool(
      path: path, vfs: vfs, commits: isInline ? nil : commits, standings: standings)
    if isInline {
      writer = InlineWriter(
        connection, fence: settings.fence, doubt, commits: commits, room: room)
    } else {
      let checkpoints = try Connection(path: path, .writer, vfs: vfs)
      try checkpoints.becomeWriter()
      writer = try Writer(
        connection, checkpoints: checkpoints, fence: settings.fence, doubt, commits: commits,
        standings: standings, readers: readers, room: room)
    }
  }

  deinit { close() }

  /// Ends the writer after what is queued. Nothing is read or written afterwards.
  package func close() {
    guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
    // The last connection to close copies the log into the file, which a reader's cannot.
    readers.close()
    writer.close()
    lock.withLock { $0 = nil }
  }

  // MARK: Store

  package func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try checkUsable()
    return try readers.read(body)
  }

  package func commit(_ commit: Commit) async throws(StoreError) {
    try checkUsable()
    try await writer.commit(commit).get()
  }

  /// Recomputes everything that can be recomputed (invariants 7, 22, 24, 26).
  ///
  /// - Parameter head: the ledger's head as it was exported at some time: shows a tail that was cut
  ///   off, which the chain alone cannot.
  /// - Returns: what is wrong, with where; empty for a sound store.
  package func verify(against head: LedgerHead? = nil) throws(StoreError) -> [StoreFault] {
    try read { snapshot throws(StoreError) in
      try snapshot.verdict(against: head, while: { true }).faults
    }
  }

  /// Verifies a file without opening it for writing: its fence stays, and so does its writer.
  package static func verify(
    path: String, against head: LedgerHead? = nil
  ) throws(StoreError) -> [StoreFault] {
    try verdict(path: path, against: head).faults
  }

  /// Looks at all of a file without opening it for writing: its fence stays.
  ///
  /// - Parameter isAlone: refuses a file that a daemon has open, and keeps one from opening it
  ///   meanwhile.
  /// - Throws: ``StoreError/unavailable(_:)`` for what is no store of this program, is open elsewhere
  ///   or cannot be opened. A file that is damaged past opening has a verdict, and a fault.
  package static func verdict(
    path: String, against head: LedgerHead? = nil, isAlone: Bool = false
  ) throws(StoreError) -> StoreVerdict {
    do throws(StoreError) {
      return try withFile(path, isAlone: isAlone) { connection in
        Verification(connection).verdict(against: head)
      }
    } catch {
      guard case .corrupt(let why) = error else { throw error }
      return StoreVerdict(head: nil, faults: [StoreFault("file", why)])
    }
  }

  /// Makes every decision of a file again from what was kept of it (invariant 1).
  ///
  /// - Parameters:
  ///   - position: those after it alone.
  ///   - isAlone: as of ``verdict(path:against:isAlone:)``.
  /// - Throws: ``StoreError/unavailable(_:)`` as there, ``StoreError/corrupt(_:)`` for a file that
  ///   cannot be read to its end.
  package static func replay(
    path: String, after position: Int64, isAlone: Bool = false
  ) throws(StoreError) -> DecisionReplay {
    let pageSize = 500
    return try withFile(path, isAlone: isAlone) {
      connection throws(SQLiteError) -> DecisionReplay in
      var replay = DecisionReplay()
      var last = position
      while true {
        let page = try connection.decisionLog(of: nil, last, pageSize)
        replay.replay(page)
        guard let final = page.last, page.count == pageSize else { return replay }
        last = final.position
      }
    }
  }

  /// Opens a file for reading alone.
  private static func withFile<Value>(
    _ path: String, isAlone: Bool, _ body: (Connection) throws(SQLiteError) -> Value
  ) throws(StoreError) -> Value {
    // Before the lock, which makes its own file.
    guard unsafe access(path, R_OK) == 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw .unavailable("cannot read the store's file \(path): \(reason)")
    }
    let lock = isAlone ? try StoreLock(store: path) : nil
    defer { withExtendedLifetime(lock) {} }
    return try ReaderPool(path: path, vfs: nil).withConnection { connection throws(StoreError) in
      try mapped { () throws(SQLiteError) in
        guard try Migrations.check(connection) > 0 else {
          throw .refusal("there is nothing in the file \(path)")
        }
        return try body(connection)
      }
    }
  }

  /// How long the database is, without its log.
  package func fileBytes() throws(StoreError) -> Int64 {
    try checkUsable()
    return try readers.withConnection { connection throws(StoreError) in
      try mapped { () throws(SQLiteError) in
        try connection.first(
          "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        ) { row throws(SQLiteError) in try row.int() } ?? 0
      }
    }
  }

  private func checkUsable() throws(StoreError) {
    guard isOpen.load(ordering: .acquiring) else { throw .unavailable("the store is closed") }
    try doubt.check()
  }

  // MARK: Files

  /// Bytes of the system's generator.
  package static func systemRandomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// Makes an empty file that only its owner reads; the log takes over its mode.
  ///
  /// An existing one is not opened: to close it again would drop the locks that this process holds
  /// on it (fcntl(2), POSIX record locks).
  private static func create(_ path: String) throws(StoreError) {
    let descriptor = unsafe Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      _ = Glibc.close(descriptor)
    } else if errno != EEXIST {
      let reason = unsafe String(cString: strerror(errno))
      throw .unavailable("cannot make the store's file \(path): \(reason)")
    }
  }
}

extension Connection {
  /// Raised and read in one transaction: no two openings have the same fence.
  fileprivate func raiseFence() throws(SQLiteError) -> StoreSettings {
    try run("BEGIN IMMEDIATE")
    try run("UPDATE store SET fence = fence + 1")
    let settings = try settings()
    try run("COMMIT")
    return settings
  }

  fileprivate func limit(pages: Int64) throws(SQLiteError) {
    try script("PRAGMA max_page_count = \(pages)")
  }

  /// Settings of the connections that write.
  fileprivate func becomeWriter() throws(SQLiteError) {
    let mode = try first("PRAGMA journal_mode = WAL") {
      row throws(SQLiteError) in try row.text()
    }
    guard mode == "wal" else {
      throw .refusal("the file system does not bear a write-ahead log")
    }
    // FULL: a commit is on disk before it is answered (invariant 35). No checkpoint inline.
    try script(
      """
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -65536;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA wal_autocheckpoint = 0;
      """)
  }
}
