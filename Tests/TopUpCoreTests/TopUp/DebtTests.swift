import Testing
import TopUpCore

/// What becomes of a debt by the account's rule and by an operator's word (invariants 25, 27, 38, 47).
@Suite struct DebtTests {
  private let debt = LedgerAccount.debt(.ddc(Sample.dragon), .usd)
  private let held = LedgerAccount.held(.ddc(Sample.dragon), .usd)
  private let absorbed = LedgerAccount.absorbed(.usd)
  private let processor = LedgerAccount.processor(.usd)

  private func took(_ id: String, _ cents: Int64, rank: Int64 = 1) -> TopUpEvent {
    .reversalsSeen([
      ReversalSnapshot(
        id: id, kind: .dispute, taken: Sample.usd(cents), rank: rank, isOpen: false)
    ])
  }

  private func credited() throws -> Scene {
    var scene = try Scene.ordered()
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(scene.state == .credited)
    return scene
  }

  /// Applies an event as an account does whose rule forgives.
  @discardableResult
  private func forgiving(_ scene: inout Scene, _ event: TopUpEvent) throws -> Step {
    let step = try #require(try scene.topUp.applying(event, at: scene.now))
    let forgiven = step.forgivingDebt(since: scene.topUp)
    scene.keep(forgiven)
    return forgiven
  }

  // MARK: By the rule

  @Test func `a rule that forgives makes no debt at any time, and a won dispute is ours (27, 38)`()
    throws
  {
    var scene = try credited()
    let before = scene.topUp.books
    let step = try forgiving(&scene, took("du_1", 2500))
    #expect(step.debtMoved == 0 && scene.topUp.owed == 0)
    #expect(step.entries.flatMap(\.postings).allSatisfy { $0.account != debt })
    #expect(scene.ledger[absorbed] == 2500 && scene.topUp.books.absorbed == 2500)
    #expect(scene.topUp.reversals.map(\.forgiven) == [2500])
    try scene.on(took("du_1", 0, rank: 2))
    #expect(scene.state == .credited && scene.topUp.books == before)
    #expect(scene.ledger[absorbed] == 0 && scene.ledger[processor] == 2500)
  }

  @Test func `the rule of its moment counts: each comes back to where it was taken from (38, 47)`()
    throws
  {
    var scene = try credited()
    try scene.on(took("du_1", 1500))
    try forgiving(&scene, took("du_2", 700))
    #expect(scene.ledger[debt] == 1500 && scene.ledger[absorbed] == 700)
    try scene.on(took("du_1", 0, rank: 2))
    #expect(scene.ledger[debt] == 0 && scene.ledger[absorbed] == 700)
    try scene.on(took("du_2", 0, rank: 2))
    #expect(scene.ledger[absorbed] == 0 && scene.topUp.books.absorbed == 0)
  }

  @Test func `what turns out to have been delivered is forgiven as well (27)`() throws {
    var scene = try Scene.ordered()
    try scene.on(took("du_1", 2500))
    try scene.on(.orderSeen(Sample.order(.completed, version: 2)))
    try forgiving(&scene, .finalitySeen(Sample.finalized(scene.topUp.order?.blockNumber ?? 0)))
    #expect(scene.state == .reversed && scene.topUp.reversals.map(\.forgiven) == [2500])
    #expect(scene.ledger[debt, default: 0] == 0 && scene.ledger[absorbed] == 2500)
    try scene.on(took("du_1", 0, rank: 2))
    #expect(scene.ledger[absorbed] == 0 && scene.ledger[held] == 0)
    #expect(scene.state == .credited)
  }

  @Test func `of a debt that was forgiven no more is taken for a debt (27)`() throws {
    var scene = try credited()
    try forgiving(&scene, took("du_1", 2500))
    try scene.on(took("du_2", 500))
    // All that was granted is taken: this is beyond it, whoever pays.
    #expect(scene.topUp.owed == 0 && scene.topUp.reversals.last?.beyond == 500)
  }

  @Test func `what held money paid of a debt comes back as held (27, 38, 39)`() throws {
    // Half of 25.00 USD was delivered, and the rest is held for another order.
    var scene = try Scene.ordered()
    try scene.deliver(
      Sample.order(.partial, version: 2, credited: Planck(95_661_069_832_581)))
    #expect(scene.topUp.books.held == 1250)
    try scene.on(took("du_1", 1250))
    try scene.on(took("du_2", 500))
    #expect(scene.ledger[debt] == 500 && scene.topUp.books.held == 0)
    try scene.on(took("du_1", 0, rank: 2))
    #expect(scene.ledger[debt] == 0 && scene.topUp.books.held == 750)
    #expect(scene.state == .needsReview, "it is a person's, and not forgotten (39)")
    try scene.on(took("du_2", 0, rank: 2))
    #expect(scene.topUp.books.held == 1250 && scene.topUp.books.absorbed == 0)
    #expect(scene.ledger[held] == -1250 && scene.ledger[debt] == 0)
  }

  @Test func `one refund that failed and another of its size, seen at once, move nothing (27, 38)`()
    throws
  {
    var scene = try credited()
    try forgiving(&scene, took("re_1", 500))
    let books = scene.topUp.books
    let seen = [("re_1", Int64(0), Int64(2)), ("re_2", 500, 1)].map { id, cents, rank in
      ReversalSnapshot(
        id: id, kind: .dispute, taken: Sample.usd(cents), rank: rank, isOpen: false)
    }
    let step = try forgiving(&scene, .reversalsSeen(seen))
    #expect(step.entries.isEmpty && scene.topUp.books == books)
    #expect(scene.topUp.reversals.map(\.forgiven) == [0, 500] && scene.topUp.owed == 0)
    #expect(scene.ledger[absorbed] == 500)
  }

  // MARK: By an operator's word

  @Test func `what had paid a debt and was given back can be forgiven, for no reversal (25, 27)`()
    throws
  {
    var scene = try credited()
    scene.ledger[debt] = 700
    let word = DebtRelease(
      actor: "ops:maria", reason: "agreed", corrects: 7, most: 0, unpaid: 700)
    let books = scene.topUp.books
    try scene.on(.debtReleased(word))
    #expect(scene.ledger[debt] == 0 && scene.ledger[absorbed] == 700)
    #expect(scene.topUp.books == books, "its own books said that it was given back")
  }

  @Test func `a release posts what is owed as our loss, and names what it corrects (25, 52)`()
    throws
  {
    var scene = try credited()
    try scene.on(took("du_1", 2500))
    let word = DebtRelease(actor: "ops:maria", reason: "agreed", corrects: 7)
    let step = try #require(try scene.on(.debtReleased(word)))
    #expect(step.entries.map(\.corrects) == [7])
    #expect(step.entries.first?.description.contains("ops:maria: agreed") == true)
    #expect(scene.state == .reversed && scene.topUp.owed == 0)
    #expect(scene.ledger[debt] == 0 && scene.ledger[absorbed] == 2500)
    #expect(try scene.on(.debtReleased(word)) == nil, "nothing is owed any more")
    try scene.on(took("du_1", 0, rank: 2))
    #expect(scene.ledger[debt] == 0 && scene.ledger[absorbed] == 0)
  }

  // MARK: What it blocks

  private func settle(
    _ state: inout AccountState, _ moved: Int128, owed: Bool, _ rule: DebtRule = .block
  ) -> BlockChange? {
    state.settleDebt(moved: moved, isOwed: owed, under: rule, "tu_1: taken", at: Scene.start)
  }

  @Test func `a debt blocks as it rises, once, and the block ends with it (27, 47)`() {
    var state = AccountState()
    let block = AccountBlock(.debt, actor: "topupd", reason: "tu_1: taken", since: Scene.start)
    let begun = settle(&state, 500, owed: true)
    #expect(begun == .begun(block))
    for moved in [100, -300] as [Int128] {
      let change = settle(&state, moved, owed: true)
      #expect(change == nil && state.blocks == [block])
    }
    let ended = settle(&state, -300, owed: false)
    #expect(ended == .ended(.debt, actor: "topupd", reason: "tu_1: taken"))
    #expect(!state.isBlocked)
  }

  @Test func `an operator's release holds until the debt rises again (52)`() {
    var state = AccountState()
    _ = settle(&state, 500, owed: true)
    #expect(state.end(.debt) == true)
    #expect(!state.isBlocked)
    let less = settle(&state, -100, owed: true)
    #expect(less == nil && !state.isBlocked)
    let more = settle(&state, 1, owed: true)
    #expect(more != nil && state.isBlocked)
  }

  @Test func `a debt that ends leaves every other block as it is`() {
    var state = AccountState()
    for cause in AccountBlock.Cause.allCases {
      let block = AccountBlock(cause, actor: "a", reason: "r", since: Scene.start)
      #expect(state.begin(block) == true)
    }
    let again = AccountBlock(.debt, actor: "b", reason: "s", since: Scene.start)
    #expect(state.begin(again) == false)
    let ended = settle(&state, -5, owed: false)
    #expect(ended != nil && state.blockCauses == [.fraudWarning, .operator])
    let repeated = settle(&state, -5, owed: false)
    #expect(repeated == nil)
  }

  @Test func `a rule that nets blocks nothing (27)`() {
    var state = AccountState()
    let change = settle(&state, 500, owed: true, .net)
    #expect(change == nil && !state.isBlocked)
  }
}

extension DepositOrder {
  fileprivate var blockNumber: UInt64? { seen?.evidence?.blockNumber }
}
