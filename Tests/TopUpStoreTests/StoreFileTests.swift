import CSQLite
import Glibc
import Synchronization
import Testing
import TopUpCore
import TopUpStore

@Suite struct StoreFileTests {
  private let directory: StoreDirectory

  init() throws { directory = try StoreDirectory() }

  private func openError() -> StoreError? {
    do throws(StoreError) {
      _ = try StoreFile.open(path: directory.file)
      return nil
    } catch {
      return error
    }
  }

  /// Runs SQL on the file behind the store's back.
  private func tamper(_ sql: String) -> Int32 {
    var handle: OpaquePointer?
    defer { _ = unsafe sqlite3_close(handle) }
    let opened = unsafe sqlite3_open(directory.file, &handle)
    guard opened == SQLITE_OK else { return opened }
    return unsafe sqlite3_exec(handle, sql, nil, nil, nil)
  }

  @Test func `a restart keeps everything, and raises the fence`() async throws {
    let topUp = Sample.topUp("1")
    let full = Sample.full(topUp)
    let first = try StoreFile.open(path: directory.file) { count in
      [UInt8](repeating: 0xA5, count: count)
    }
    try await first.commit(
      .beginTopUp(topUp, cause: "x"), .moveTopUp(full, cause: "x"),
      .post(Sample.charged(topUp, topUp.account)), .setKillSwitch(true, actor: "ops"),
      .putAccount(topUp.account, Sample.state(version: 1)))
    let head = try first.look { try $0.head() }
    let entries = try first.look { try $0.entries(of: topUp.id) }
    #expect(first.fence == 1)
    first.close()

    let second = try directory.open()
    #expect(second.fence == 2)
    #expect(second.storeID == String(repeating: "a5", count: 16))
    #expect(
      try second.look { try $0.settings() }
        == StoreSettings(storeID: first.storeID, isKillSwitchOn: true, fence: 2))
    #expect(try second.look { try $0.topUp(topUp.id) } == full)
    #expect(try second.look { try $0.head() } == head)
    #expect(try second.look { try $0.entries(of: topUp.id) } == entries)
    #expect(
      try second.look { try $0.account(topUp.account) }.state == Sample.state(version: 1))
  }

  @Test func `two stores have two ids`() throws {
    let other = try StoreDirectory()
    #expect(try directory.open().storeID != other.open().storeID)
  }

  @Test func `a second opening is refused and leaves the first one alone (invariant 41)`()
    async throws
  {
    let first = try directory.open()
    #expect(
      openError() == .unavailable("another process has the store open: \(directory.file)"))
    #expect(try first.look { try $0.settings() }.fence == 1)
    try await first.commit(.setKillSwitch(true, actor: "ops"))
    first.close()
    #expect(try directory.open().fence == 2)
  }

  @Test func `a refused opening holds no lock`() throws {
    try directory.open().close()
    #expect(tamper("PRAGMA user_version = 2") == SQLITE_OK)
    #expect(openError() != nil)
    #expect(tamper("PRAGMA user_version = 1") == SQLITE_OK)
    #expect(openError() == nil)
  }

  /// A copy of the lock's descriptor, as a child has it between fork and exec.
  private func copyOfLock() -> Int32? {
    let name = directory.file + ".lock"
    for descriptor in 3..<Int32(4_096) {
      var buffer = [CChar](repeating: 0, count: 512)
      let length = unsafe readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
      guard length > 0, buffer.prefix(length).elementsEqual(name.utf8.map { CChar(bitPattern: $0) })
      else {
        continue
      }
      return dup(descriptor)
    }
    return nil
  }

  @Test func `a closed store is free though a child in the making has its descriptors`() throws {
    let store = try directory.open()
    let copy = try #require(copyOfLock())
    defer { close(copy) }
    #expect(openError() != nil)
    store.close()
    #expect(openError() == nil)
  }

  @Test func `the one who opened it before is fenced off, and told once (invariant 41)`()
    async throws
  {
    let losses = Mutex<[String]>([])
    let first = try directory.open { reason in losses.withLock { $0.append(reason) } }
    let account = Sample.ddc(1)
    try await first.commit(.post(Sample.charged(nil, account)))
    let second = try directory.open(isAlone: false)
    #expect(losses.withLock { $0 } == [])
    #expect(await first.error(.post(Sample.charged(nil, account))) == .conflict(.fenced))
    #expect(losses.withLock { $0 } == ["another process has opened the store for writing"])
    try await second.commit(.post(Sample.charged(nil, account)))
    // Nothing can be decided on what cannot be written any more: reads are refused too.
    let lost = StoreError.unavailable(
      "only a restart helps: another process has opened the store for writing")
    #expect(await first.error(.setKillSwitch(true, actor: "old")) == lost)
    #expect(throws: lost) { try first.look { try $0.head() } }
    #expect(losses.withLock { $0.count } == 1)
    #expect(try second.look { try $0.settings() }.isKillSwitchOn == false)
    #expect(try second.look { try $0.head() }.position == 2)
  }

  @Test func `a caller's old token is refused, and the store goes on (invariant 41)`()
    async throws
  {
    try directory.open().close()
    let losses = Mutex<[String]>([])
    let store = try directory.open { reason in losses.withLock { $0.append(reason) } }
    await #expect(throws: StoreError.conflict(.fenced)) {
      try await store.commit(
        Commit(now: Ground.now, fence: 1, [.setKillSwitch(true, actor: "old")]))
    }
    try await store.commit(.setKillSwitch(false, actor: "ops"))
    #expect(losses.withLock { $0 } == [])
  }

  @Test func `a writer does not trust what it knew before another wrote`() async throws {
    let first = try directory.open()
    let account = Sample.ddc(1)
    try await first.commit(.post(Sample.charged(nil, account)))
    let second = try directory.open(isAlone: false)
    try await second.commit(.post(Sample.charged(nil, account)))
    // An operator hands the first one the new fence.
    try await first.commit(
      Commit(now: Ground.now, fence: second.fence, [.post(Sample.charged(nil, account))]))
    let entries = try first.look { try $0.entries(of: account, before: nil, limit: 9) }
    #expect(entries.map(\.legs[0].balanceAfter) == [7_500, 5_000, 2_500])
    #expect(try first.verify() == [])
  }

  @Test func `the files are their owner's alone`() async throws {
    let store = try directory.open()
    try await store.commit(.setKillSwitch(true, actor: "ops"))
    for suffix in ["", "-wal", "-shm", ".lock"] {
      var status = stat()
      #expect(unsafe stat(directory.file + suffix, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
    }
  }

  @Test func `a newer version's store is refused in words, and left alone`() throws {
    try directory.open().close()
    #expect(tamper("PRAGMA user_version = 2") == SQLITE_OK)
    #expect(
      openError()
        == .unavailable(
          "the store has schema 2, from a newer version of this program; this one knows 1"))
    #expect(tamper("PRAGMA user_version = 1") == SQLITE_OK)
    #expect(try directory.open().fence == 2)
  }

  @Test(arguments: [
    "UPDATE migration SET digest = 'another'", "DELETE FROM migration", "DROP TABLE migration",
  ])
  func `a store whose schema has another text is refused in words`(change: String) throws {
    try directory.open().close()
    #expect(tamper(change) == SQLITE_OK)
    guard case .unavailable(let reason) = openError() else {
      Issue.record("opened a store of another build")
      return
    }
    #expect(reason.hasPrefix("the store's schema 1 was made by a build that was never released"))
  }

  @Test func `another program's database is refused`() {
    #expect(tamper("CREATE TABLE theirs (x)") == SQLITE_OK)
    #expect(openError() == .unavailable("the file is another program's database"))
  }

  @Test func `a file that is no database is refused`() throws {
    try directory.write([UInt8](repeating: 0x41, count: 8_192))
    guard case .corrupt = openError() else {
      Issue.record("opened a file that is no database")
      return
    }
  }

  @Test func `a path that cannot be made is refused in words`() {
    let path = directory.path + "/none/store.db"
    #expect(
      throws: StoreError.unavailable(
        "cannot make the store's file \(path): No such file or directory")
    ) { try StoreFile.open(path: path) }
  }

  @Test func `a file that cannot be written to is refused in words`() {
    // Nobody may write this one, whoever runs the test.
    let path = "/proc/sys/kernel/osrelease"
    #expect(
      throws: StoreError.unavailable("the store's file cannot be written to: \(path)")
    ) { try StoreFile.open(path: path) }
  }

  @Test func `a closed store refuses everything`() async throws {
    let store = try directory.open()
    store.close()
    store.close()
    let closed = StoreError.unavailable("the store is closed")
    #expect(await store.error(.setKillSwitch(true, actor: "ops")) == closed)
    #expect(throws: closed) { try store.look { try $0.head() } }
  }

  @Test func `a full file refuses a commit whole, and goes on`() async throws {
    let store = try directory.open(pagesMax: 120)
    var received = 0
    var refusal: StoreError?
    while refusal == nil, received < 1_000 {
      var event = Sample.inbox("evt_\(received)")
      event.body = [UInt8](repeating: 7, count: 16_384)
      refusal = await store.error(
        .setKillSwitch(received.isMultiple(of: 2), actor: "ops"), .receiveInbox(event))
      if refusal == nil { received += 1 }
    }
    #expect(refusal == .full)
    #expect(try store.look { try $0.counts() }.inboxWaiting == Int64(received))
    // The switch was in the refused commit too.
    let isOn = try store.look { try $0.settings() }.isKillSwitchOn
    #expect(isOn == !received.isMultiple(of: 2))
    try await store.commit(.setKillSwitch(!isOn, actor: "ops"))
    #expect(try store.look { try $0.settings() }.isKillSwitchOn == !isOn)
    #expect(try store.verify() == [])
  }

  @Test func `a disk with too little room left refuses a commit before it is begun`() async throws {
    let store = try StoreFile.open(path: directory.file, leastRoom: .max)
    #expect(await store.error(.setKillSwitch(true, actor: "ops")) == .full)
    #expect(try !store.look { try $0.settings() }.isKillSwitchOn)
    store.close()
    let roomy = try directory.open()
    try await roomy.commit(.setKillSwitch(true, actor: "ops"))
    #expect(try roomy.look { try $0.settings() }.isKillSwitchOn)
  }

  @Test func `a queue that is full refuses, and the rest are answered`() async throws {
    let store = try directory.open()
    var handle: OpaquePointer?
    defer { _ = unsafe sqlite3_close(handle) }
    let opened = unsafe sqlite3_open(directory.file, &handle)
    try #require(opened == SQLITE_OK)
    // While another process writes, one group of 1,024 and a queue of 16,384 wait.
    let locked = unsafe sqlite3_exec(handle, "BEGIN IMMEDIATE", nil, nil, nil)
    try #require(locked == SQLITE_OK)
    let refused = await withTaskGroup(of: StoreError?.self) { group in
      for number in 0..<17_409 {
        group.addTask {
          await store.error(.advanceSource(SourceID(name: "\(number)", epoch: 1), from: 0, to: 1))
        }
      }
      // Nobody who waits is answered before the lock is gone, so the first was refused.
      var refused = [await group.next() ?? nil]
      #expect(unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) == SQLITE_OK)
      for await error in group where error != nil { refused.append(error) }
      return refused
    }
    // On a slow machine the lock may outlast what a group waits for it: that is a refusal too.
    let full = StoreError.unavailable("16384 commits are waiting")
    #expect(refused.contains(full))
    #expect(
      Set(refused).subtracting([full, .unavailable("SQLite 5: database is locked")]).isEmpty)
    // Those that were promised are there, and no other.
    var stored = 0
    for number in 0..<17_409 {
      let source = SourceID(name: "\(number)", epoch: 1)
      if try store.look({ try $0.sourceHighWater(source) }) == 1 { stored += 1 }
    }
    #expect(stored == 17_409 - refused.count)
  }

  /// A read may leave its transaction for the next, which holds on to the log: after each commit, or
  /// long before the next.
  @Test(arguments: [nil, 1, 100_000])
  func `the log is copied into the file, and starts over`(commitsARead: Int?) async throws {
    let store = try directory.open()
    for number in 0..<8 {
      var event = Sample.inbox("evt_\(number)")
      event.body = [UInt8](repeating: UInt8(number), count: 65_536)
      try await store.commit(.receiveInbox(event))
    }
    // Each rewrites 64 KiB: 96 MiB pass through the log, and the file holds half of one.
    for round in 0..<1_536 {
      try await store.commit(
        .failInbox("evt_\(round % 8)", reason: "round \(round)", retry: Ground.now))
      if let commitsARead, round % commitsARead == 0 { _ = try store.look { try $0.head() } }
    }
    var file = stat()
    var log = stat()
    #expect(unsafe stat(directory.file, &file) == 0)
    #expect(unsafe stat(directory.file + "-wal", &log) == 0)
    #expect(file.st_size > 8 * 65_536)
    #expect(log.st_size < 48 << 20)
    #expect(try store.verify() == [])
  }

  @Test func `every read sees what was answered before it, whoever read before`() async throws {
    let store = try directory.open()
    let rounds = 200
    await withTaskGroup(of: Int.self) { group in
      for number in 0..<8 {
        group.addTask {
          let source = SourceID(name: "\(number)", epoch: 1)
          var seen = 0
          for round in 0..<UInt64(rounds) {
            let failure = await store.error(.advanceSource(source, from: round, to: round + 1))
            let mark = try? store.look { try $0.sourceHighWater(source) }
            if failure == nil, mark == round + 1 { seen += 1 }
          }
          return seen
        }
      }
      for await seen in group { #expect(seen == rounds) }
    }
  }

  @Test func `what another process commits is seen soon`() throws {
    let store = try directory.open()
    _ = try store.look { try $0.settings() }
    #expect(tamper("UPDATE store SET kill_switch = 1") == SQLITE_OK)
    let end = ContinuousClock.now + .seconds(10)
    var isSeen = false
    while !isSeen, ContinuousClock.now < end {
      isSeen = try store.look { try $0.settings() }.isKillSwitchOn
    }
    #expect(isSeen)
  }

  @Test func `amounts in the file sort as the numbers they are`() async throws {
    let store = try directory.open()
    let amounts: [Int128] = [.max, 1, -1, 1 << 64, -(1 << 64), 255, 256, -256, .min + 1]
    for (number, amount) in amounts.enumerated() {
      let account = CreditsAccount(tenant: "\(number)", user: "\(number)")
      try await store.commit(
        .post(
          Entry(
            topUp: nil, "x",
            [
              Posting(.credits(account), amount),
              Posting(.conversionCredits(tenant: ExactText("\(number)")), -amount),
            ])))
    }
    var handle: OpaquePointer?
    defer { _ = unsafe sqlite3_close(handle) }
    try #require(unsafe sqlite3_open(directory.file, &handle) == SQLITE_OK)
    var query: OpaquePointer?
    defer { _ = unsafe sqlite3_finalize(query) }
    let sql = """
      SELECT substr(name, length(name)) FROM ledger_account WHERE name LIKE 'credits:%'
      ORDER BY balance
      """
    try #require(unsafe sqlite3_prepare_v2(handle, sql, -1, &query, nil) == SQLITE_OK)
    var order: [Int128] = []
    while unsafe sqlite3_step(query) == SQLITE_ROW {
      order.append(amounts[Int(unsafe sqlite3_column_int64(query, 0))])
    }
    #expect(order == amounts.sorted())
  }

  @Test func `every decision of a file is made again, and what differs is told (1)`() async throws {
    let account = Sample.ddc(1)
    let input = DecisionInput(
      account: account, policy: nil, state: AccountState(), claim: nil, reading: nil,
      inFlight: [], cards: [], consent: nil, windows: nil, quote: .notAsked,
      isKillSwitchOn: false, clocks: .agree, eraSeconds: 480, now: Ground.now)
    let decision = decide(input)
    var row = StoredDecision(
      account: account, at: input.now, topUp: nil, skip: .noPolicy,
      explanation: decision.explanation, effective: nil, block: 0, policyVersion: 0, episode: 0,
      events: 1, record: DecisionRecord(input, decision))
    do {
      let store = try directory.open()
      try await store.commit(.recordDecision(row))
      row.record?.outcome[0] ^= 1
      for _ in 0..<600 { try await store.commit(.recordDecision(row)) }
      #expect(throws: StoreError.self) {
        try StoreFile.replay(path: directory.file, after: 0, isAlone: true)
      }
    }
    let all = try StoreFile.replay(path: directory.file, after: 0)
    #expect(all.same == 1 && all.different == 600 && all.position == 601)
    #expect(all.faults.first?.location == "decision 2 on \(account.name)")
    #expect(try StoreFile.replay(path: directory.file, after: 600).different == 1)
  }

  @Test func `what is kept of a trial and cannot be read stops no look, and is told`()
    async throws
  {
    let store = try directory.open()
    let key = Sample.ddc(1)
    let shadow = ShadowPolicy(
      account: key, policy: Sample.policy(key, version: 0), version: 1, set: Ground.now,
      actor: "ops", reason: "r")
    try await store.commit(.putPolicy(Sample.policy(key, version: 1), expected: 0))
    try await store.commit(.putShadow(shadow))
    func look() throws -> StoredAccount {
      try store.read { snapshot throws(StoreError) in try snapshot.account(key) }
    }
    #expect(try look().shadow == shadow)
    #expect(tamper("UPDATE shadow_policy SET rule = x'0102'") == SQLITE_OK)
    // Behind it, every read begins anew.
    try await store.commit(.setKillSwitch(true, actor: "ops"))
    #expect(try look().shadow == nil)
    #expect(try look().policy == Sample.policy(key, version: 1))
    #expect(throws: StoreError.self) {
      _ = try store.read { snapshot throws(StoreError) in try snapshot.shadow(of: key) }
    }
  }

  @Test(arguments: [
    "UPDATE entry SET description = 'x'", "DELETE FROM entry", "UPDATE posting SET amount = amount",
    "DELETE FROM posting", "UPDATE transition SET cause = 'x'", "DELETE FROM transition",
    "UPDATE top_up SET amount = 1", "UPDATE top_up SET held = 1", "DELETE FROM top_up",
    "UPDATE reservation SET minor_units = 0", "DELETE FROM reservation",
    "UPDATE quote SET tokens = tokens", "UPDATE attempt SET fingerprint = 'x'",
    "UPDATE attempt SET intent = 'x' WHERE number = 1", "UPDATE store SET fence = 0",
    "UPDATE store SET id = 'x'", "UPDATE decision SET explanation = 'x'",
    "UPDATE policy SET threshold = threshold", "UPDATE cap_window SET used_count = -1",
    "UPDATE top_up SET is_terminal = 1", "UPDATE top_up SET amount = 1.5",
  ])
  func `the schema itself refuses what must never happen (5, 7, 25, 41, 47)`(_ sql: String)
    async throws
  {
    let store = try directory.open()
    let topUp = Sample.topUp("1")
    try await store.commit(
      .beginTopUp(topUp, cause: "x"),
      .moveTopUp(Sample.full(topUp), cause: "x"),
      .post(Sample.charged(topUp, topUp.account)),
      .reserve(topUp.id, [Sample.window("day")], minorUnits: 5),
      .putPolicy(Sample.policy(topUp.account, version: 1), expected: 0),
      .recordDecision(
        StoredDecision(
          account: topUp.account, at: Ground.now, topUp: topUp.id, skip: nil, explanation: "e",
          effective: nil, block: 1, policyVersion: 1, episode: 1, events: 1)))
    #expect(tamper(sql) == SQLITE_CONSTRAINT)
  }
}
