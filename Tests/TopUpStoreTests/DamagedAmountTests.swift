import CSQLite
import Testing
import TopUpCore
import TopUpStore

/// Amounts that nothing posts, as damage leaves them: told, and never added up to a crash.
@Suite struct DamagedAmountTests {
  private static let alice = CreditsAccount(tenant: "t:1", user: "alice")
  private let directory: StoreDirectory

  init() throws { directory = try StoreDirectory() }

  /// Runs SQL on the file behind the store's back.
  private func tamper(_ sql: String) throws {
    var handle: OpaquePointer?
    defer { _ = unsafe sqlite3_close(handle) }
    try #require(unsafe sqlite3_open(directory.file, &handle) == SQLITE_OK)
    let script =
      "PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON; "
      + "DELETE FROM sqlite_schema WHERE type = 'trigger'; PRAGMA writable_schema = RESET; " + sql
    try #require(unsafe sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK)
  }

  /// A store with a charge, a debt, and credits of which some were used and given back.
  private func filled() async throws -> StoreFile {
    let store = try directory.open()
    let topUp = Sample.topUp("1")
    let charged = Sample.moved(topUp, to: .charged) {
      $0.books.charged = 2_500
      $0.books.held = 2_500
    }
    func moved(_ id: String, _ units: Int128, _ kind: CreditMovement.Kind) throws -> Change {
      let movement = CreditMovement(id: id, kind, units: units, description: "a job")
      return .moveCredits(try #require(movement))
    }
    try await store.commit(
      .beginTopUp(topUp, cause: "x"), .moveTopUp(charged, cause: "x"),
      .post(Sample.charged(topUp, topUp.account)),
      .post(
        Entry(
          topUp: nil, "credits granted",
          Entry.move(
            100, from: .credits(Self.alice),
            to: .conversionCredits(tenant: ExactText(Self.alice.tenant))))),
      try moved("a", 60, .deduction(from: Self.alice)),
      try moved("b", 20, .giveBack(to: Self.alice, deduction: "a")),
      try moved("c", 30, .giveBack(to: Self.alice, deduction: "a")))
    #expect(try store.verify() == [])
    return store
  }

  @Test(
    arguments: [
      "UPDATE posting SET amount = zeroblob(16)",
      "UPDATE posting SET amount = X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'",
      "UPDATE ledger_account SET balance = zeroblob(16)",
      "UPDATE ledger_account SET name = 'debt:' || name, balance = zeroblob(16)",
      "UPDATE credit_movement SET units = X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'",
      "UPDATE credit_movement SET given_back = zeroblob(16)",
      "UPDATE top_up SET charged = 9223372036854775807, absorbed = 9223372036854775807",
      "UPDATE top_up SET held = 9223372036854775807, lost = 9223372036854775807",
      "UPDATE top_up SET absorbed = -9223372036854775808, repaid = 1",
    ])
  func `verify tells of any amount there can be (24, 26, 27)`(_ damage: String) async throws {
    try await filled().close()
    try tamper(damage)
    #expect(try StoreFile.verify(path: directory.file) != [])
  }

  @Test func `a balance that nobody can have is not read (26)`() async throws {
    let store = try await filled()
    try tamper("UPDATE ledger_account SET balance = zeroblob(16)")
    // What is known of an account is forgotten by a commit.
    try await store.commit(.setKillSwitch(true, actor: "ops"))
    func isCorrupt(_ error: StoreError?) -> Bool {
      if case .corrupt = error { true } else { false }
    }
    var failure: StoreError?
    do throws(StoreError) {
      _ = try store.read { snapshot throws(StoreError) in
        try snapshot.balance(of: .credits(Self.alice))
      }
    } catch { failure = error }
    #expect(isCorrupt(failure))
    store.close()
  }
}
