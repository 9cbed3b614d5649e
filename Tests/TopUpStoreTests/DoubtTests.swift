import CSQLite
import Synchronization
import Testing
import TopUpCore
import TopUpStore

/// What becomes of commits when the disk fails (invariant 49).
@Suite(.serialized) struct DoubtTests {
  private let directory: StoreDirectory
  private let account = Sample.ddc(1)

  init() throws {
    FaultyVFS.register()
    directory = try StoreDirectory()
  }

  @Test func `a failed sync leaves the commit in doubt and stops the store`() async throws {
    let store = try directory.open(vfs: FaultyVFS.name)
    try await store.commit(.post(Sample.charged(nil, account)))
    FaultyVFS.arm(.sync, at: 1, SQLITE_IOERR | 4 << 8)  // SQLITE_IOERR_FSYNC
    let error = await store.error(.post(Sample.charged(nil, account)))
    #expect(FaultyVFS.disarm())
    guard case .inDoubt = error else {
      Issue.record("\(String(describing: error)) is no doubt")
      return
    }
    // The disk is well again, and still nothing is believed.
    let stopped = StoreError.unavailable("only a restart helps: in doubt: COMMIT failed with 1034")
    #expect(await store.error(.setKillSwitch(true, actor: "ops")) == stopped)
    #expect(throws: stopped) { try store.look { try $0.head() } }
    #expect(throws: stopped) { try store.verify() }
    store.close()

    let again = try directory.open(vfs: FaultyVFS.name)
    #expect(try again.verify() == [])
    #expect([1, 2].contains(try again.look { try $0.head() }.position))
    try await again.commit(.post(Sample.charged(nil, account)))
  }

  @Test func `whoever's commit is in doubt, the host is told once (invariant 49)`() async throws {
    let losses = Mutex<[String]>([])
    let store = try directory.open(vfs: FaultyVFS.name) { reason in
      losses.withLock { $0.append(reason) }
    }
    FaultyVFS.arm(.sync, at: 1, SQLITE_IOERR | 4 << 8)
    // A webhook's commit, alone in its group: nothing of the engine's sees the failure.
    let error = await store.error(.receiveInbox(Sample.inbox("evt_1")))
    #expect(losses.withLock { $0 } == ["in doubt: COMMIT failed with 1034"])
    #expect(FaultyVFS.disarm())
    guard case .inDoubt = error else {
      Issue.record("\(String(describing: error)) is no doubt")
      return
    }
    _ = await store.error(.receiveInbox(Sample.inbox("evt_2")))
    #expect(losses.withLock { $0.count } == 1)
  }

  @Test func `the whole group of a failed sync is in doubt (49)`() async throws {
    let store = try directory.open(vfs: FaultyVFS.name)
    FaultyVFS.arm(.sync, at: 1, SQLITE_IOERR | 4 << 8, goesOn: true)
    let errors = await withTaskGroup(of: StoreError?.self) { group in
      for _ in 0..<50 {
        group.addTask { await store.error(.post(Sample.charged(nil, account))) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    FaultyVFS.disarm()
    var inDoubt = 0
    for error in errors {
      switch error {
      case .inDoubt: inDoubt += 1
      case .unavailable: continue  // Came after the store had stopped.
      case nil, .conflict, .full, .corrupt:
        Issue.record("\(String(describing: error)) after a failed sync")
      }
    }
    #expect(inDoubt >= 1)
  }

  @Test(arguments: FaultyVFS.Operation.allCases, [SQLITE_IOERR, SQLITE_FULL])
  func `whichever call fails, what was promised is there`(
    _ operation: FaultyVFS.Operation, _ kind: Int32
  ) async throws {
    let code = kind == SQLITE_FULL ? kind : kind | (operation == .write ? 3 : 4) << 8
    var count = 0
    var hasFired = true
    while hasFired {
      count += 1
      try #require(count < 1_000, "the fault always comes")
      hasFired = try await failing(operation, at: count, code)
    }
    // Opening, five commits and closing make at least this many calls.
    #expect(count > (operation == .write ? 30 : 5))
  }

  /// Opens, commits five times and closes while the `count`th call fails; then looks what is there.
  private func failing(
    _ operation: FaultyVFS.Operation, at count: Int, _ code: Int32
  ) async throws -> Bool {
    let directory = try StoreDirectory()
    FaultyVFS.arm(operation, at: count, code)
    var promised: Set<Int> = []
    var refused: Set<Int> = []
    if let store = try? directory.open(vfs: FaultyVFS.name) {
      for number in 0..<5 {
        let error = await store.error(
          .post(Sample.charged(nil, account)), .receiveInbox(Sample.inbox("\(number)")))
        switch error {
        case nil: promised.insert(number)
        case .inDoubt: break
        case .conflict, .full, .corrupt, .unavailable: refused.insert(number)
        }
      }
      store.close()
    }
    let hasFired = FaultyVFS.disarm()

    let store = try directory.open(vfs: FaultyVFS.name)
    #expect(try store.verify() == [])
    let stored = Set(
      try store.look { try $0.inbox(stuckOnly: false, after: nil, limit: 9) }
        .compactMap { Int($0.event.id) })
    #expect(promised.subtracting(stored).isEmpty, "call \(count) lost what was promised")
    #expect(refused.intersection(stored).isEmpty, "call \(count) kept what was refused")
    #expect(try store.look { try $0.head() }.position == Int64(stored.count))
    return hasFired
  }
}
