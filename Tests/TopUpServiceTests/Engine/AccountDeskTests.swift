import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// An operator's verbs on accounts (invariants 25, 27, 43, 51, 52).
@Suite struct AccountDeskTests {
  private func funded() throws -> EngineHarness {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
    try harness.deliverWebhooks()
    return harness
  }

  /// An account that owes 5.00 USD.
  private func owing() throws -> EngineHarness {
    let harness = try funded()
    let intent = try #require(try harness.topUps().first?.succeededIntent)
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    harness.loop.advance(by: .seconds(10))
    try harness.deliverWebhooks()
    #expect(try blocks(harness) == [.debt])
    return harness
  }

  private func act(
    _ harness: EngineHarness, _ act: AccountRequest.Act, key: String = "k",
    actor: String = "ops:maria", caller: String? = nil, expected: Int64 = 0, two: Bool = false
  ) throws -> Result<Bool, ServiceError> {
    let desk = AccountDesk(
      store: harness.gate, engine: harness.engine, clock: harness.clock,
      fence: harness.store.fence, needsSecondPerson: two)
    let request = AccountRequest(
      caller: caller ?? "local", provenCaller: caller, key: key, account: harness.key,
      expected: expected, act: act, actor: actor, reason: "seen by hand")
    let done = harness.loop.start { () -> Result<Bool, ServiceError> in
      do throws(ServiceError) { return .success(try await desk.act(request)) } catch {
        return .failure(error)
      }
    }
    let result = try #require(done.value)
    #expect(try harness.store.verify() == [])
    return result
  }

  private func refusal(_ result: Result<Bool, ServiceError>) -> AccountRefusal? {
    if case .failure(.accountRefused(_, let refusal)) = result { return refusal }
    return nil
  }

  private func blocks(_ harness: EngineHarness) throws -> [AccountBlock.Cause] {
    try harness.look { try $0.account(harness.key) }.state.blockCauses
  }

  private func owed(_ harness: EngineHarness) throws -> [Money] {
    try harness.look { try $0.debts(of: harness.key) }.map(\.amount)
  }

  @Test func `a block holds until it is released, each once by its key (43, 51, 52)`() throws {
    let harness = try funded()
    #expect(try act(harness, .block) == .success(false))
    #expect(try act(harness, .block) == .success(false), "a repeat is answered as the first was")
    #expect(refusal(try act(harness, .block, key: "k2")) == .blockedAlready)
    let kept = try #require(
      try harness.look { try $0.account(harness.key) }.state.block(.operator))
    #expect(kept.actor == "ops:maria" && kept.reason == "seen by hand")
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(8_000))
    #expect(try harness.topUps().count == 1)
    let other = try act(harness, .release([.operator], forgiving: false))
    #expect(other == .failure(.keyReused(key: "k")))
    let release = AccountRequest.Act.release([.operator], forgiving: false)
    #expect(try act(harness, release, key: "k3") == .success(false))
    #expect(try blocks(harness) == [])
    #expect(refusal(try act(harness, release, key: "k4")) == .notBlocked([.operator]))
    #expect(try act(harness, release, key: "k3") == .success(false))
    #expect(try harness.wait(atMost: .seconds(600)) { try harness.topUps().count == 2 })
  }

  @Test func `a verb on another version than was looked at does nothing (52)`() throws {
    let harness = try funded()
    let version = try harness.look { try $0.account(harness.key) }.state.version
    let result = try act(harness, .block, expected: version - 1)
    #expect(result == .failure(.versionConflict(expected: version - 1, found: version)))
    #expect(try blocks(harness) == [])
    #expect(try act(harness, .block, expected: version) == .success(false))
  }

  @Test func `what is forgiven is our loss, by an entry that names what it corrects (25, 52)`()
    throws
  {
    let harness = try owing()
    let topUp = try #require(try harness.topUps().first)
    let raised = try #require(try harness.look { try $0.entries(of: topUp.id) }.last)
    #expect(try act(harness, .release([], forgiving: true)) == .success(false))
    #expect(try owed(harness) == [] && blocks(harness) == [])
    #expect(try harness.look { try $0.balance(of: .absorbed(.usd)) } == 500)
    let entry = try #require(try harness.look { try $0.entries(of: topUp.id) }.last)
    #expect(entry.position > raised.position && entry.description.contains("ops:maria"))
    #expect(try corrected(harness, entry.position) == raised.position)
    #expect(refusal(try act(harness, .release([], forgiving: true), key: "k2")) == .nothingOwed)
    // Won after all, it is ours.
    let id = try #require(topUp.reversals.first?.id)
    harness.world.control("stripe/decide_dispute", #"{"dispute": "\#(id)", "won": true}"#)
    harness.loop.advance(by: .seconds(10))
    try harness.deliverWebhooks()
    #expect(try harness.look { try $0.balance(of: .absorbed(.usd)) } == 0)
    #expect(try owed(harness) == [] && harness.store.verify() == [])
  }

  /// What an entry corrects, by the ledger's own row.
  private func corrected(_ harness: EngineHarness, _ position: Int64) throws -> Int64? {
    try harness.look { try $0.entry(position) }?.corrects
  }

  @Test func `two must agree on what is forgiven, and nobody with themselves (52)`() throws {
    let harness = try owing()
    let forgive = AccountRequest.Act.release([.debt], forgiving: true)
    let first = try act(harness, forgive, key: "a", caller: "console", two: true)
    #expect(first == .success(true))
    #expect(try owed(harness) != [] && blocks(harness) == [.debt])
    #expect(try act(harness, forgive, key: "a", caller: "console", two: true) == .success(true))
    let same = try act(harness, forgive, key: "b", caller: "other", two: true)
    #expect(refusal(same) == .needsAnotherPerson(than: "ops:maria"))
    let caller = try act(
      harness, forgive, key: "c", actor: "ops:jan", caller: "console", two: true)
    #expect(refusal(caller) == .needsAnotherPerson(than: "ops:maria"))
    let second = try act(harness, forgive, key: "d", actor: "ops:jan", caller: "other", two: true)
    #expect(second == .success(false))
    #expect(try owed(harness) == [] && blocks(harness) == [])
    let topUp = try #require(try harness.topUps().first)
    let entry = try #require(try harness.look { try $0.entries(of: topUp.id) }.last)
    #expect(entry.description.contains("ops:maria and ops:jan"))
  }

  @Test func `released and not forgiven, it is charged again and owes what it owed (27, 52)`()
    throws
  {
    let harness = try owing()
    let release = AccountRequest.Act.release([.debt], forgiving: false)
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(60))
    // One person may: no money ends up elsewhere by it.
    #expect(try act(harness, release, two: true) == .success(false))
    #expect(try owed(harness) == [Money(minorUnits: 500, .usd)] && blocks(harness) == [])
    #expect(try harness.wait(atMost: .seconds(8_000)) { try harness.topUps().count == 2 })
  }

  // MARK: Where another top-up paid

  private func wait(_ harness: EngineHarness, _ isSo: () throws -> Bool) throws {
    #expect(try harness.wait(atMost: .seconds(20_000)) { try isSo() })
  }

  private func dispute(_ harness: EngineHarness, _ index: Int) throws {
    let intent = try #require(try harness.topUps()[index].succeededIntent)
    harness.world.control(
      "stripe/dispute", #"{"intent": "\#(intent)", "reason": "fraudulent"}"#)
    harness.loop.advance(by: .seconds(10))
    try harness.deliverWebhooks()
  }

  private func win(_ harness: EngineHarness, _ index: Int) throws {
    let id = try #require(try harness.topUps()[index].reversals.first?.id)
    harness.world.control("stripe/decide_dispute", #"{"dispute": "\#(id)", "won": true}"#)
    harness.loop.advance(by: .seconds(10))
    try harness.deliverWebhooks()
  }

  /// Under a rule that nets: the first was taken back and the second paid for it, or is about to.
  private func paid(_ ends: TopUpState) throws -> EngineHarness {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy { $0.debt = .net }
    try wait(harness) { try harness.topUps().first?.state == .credited }
    try harness.deliverWebhooks()
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(60))
    try dispute(harness, 0)
    try wait(harness) { try harness.topUps().count == 2 && harness.topUps()[1].state == ends }
    try harness.deliverWebhooks()
    #expect(try harness.topUps()[1].books.repaid == 500 && owed(harness) == [])
    return harness
  }

  @Test func `what is forgiven is what was owed last: the first was paid for (25, 27, 38)`() throws
  {
    let harness = try paid(.credited)
    harness.setBalance(0)
    try wait(harness) { try harness.topUps().count == 3 && harness.topUps()[2].state == .credited }
    try harness.deliverWebhooks()
    harness.setBalance(1_000_000 * Planck.cere.units)
    try dispute(harness, 2)
    #expect(try owed(harness) == [Money(minorUnits: 500, .usd)])
    #expect(try act(harness, .release([], forgiving: true)) == .success(false))
    #expect(try harness.topUps().map { $0.reversals.map(\.forgiven) } == [[0], [], [500]])
    // Won after all, it is ours, and not the customer's.
    try win(harness, 2)
    let last = try harness.topUps()[2]
    #expect(last.state == .credited && last.books.held == 0)
    #expect(try harness.look { try $0.balance(of: .absorbed(.usd)) } == 0)
    #expect(try harness.store.verify() == [])
  }

  @Test func `what is owed for no reversal can be forgiven as well (27, 52)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy { $0.debt = .net }
    try wait(harness) { try harness.topUps().first?.state == .credited }
    try harness.deliverWebhooks()
    harness.world.setFaults(
      FaultRule(.ramp, method: "POST", pathPrefix: "/v1/orders", .all, .order(.hold)))
    harness.setBalance(0)
    harness.loop.advance(by: .seconds(60))
    try dispute(harness, 0)
    // The second pays, and then finds no ramp that delivers.
    try wait(harness) { try harness.topUps().count == 2 && harness.topUps()[1].books.charged > 0 }
    #expect(try harness.topUps()[1].books.repaid == 500 && owed(harness) == [])
    try win(harness, 0)
    #expect(try harness.topUps()[0].books.held == 500)
    let wish = RefundRequest(
      caller: "local", key: "r", id: try harness.topUps()[1].id,
      wish: RefundWish(amount: nil, actor: "console", reason: "not wanted"))
    let desk = RefundDesk(store: harness.gate, engine: harness.engine)
    let wished = harness.loop.start { try await desk.refund(wish) }
    _ = try #require(wished.result).get()
    try wait(harness) { try harness.topUps()[1].state == .refunded }
    #expect(try harness.topUps()[1].books.refunded == 1_000)
    #expect(try owed(harness) == [Money(minorUnits: 500, .usd)])
    #expect(try harness.store.verify() == [])
    #expect(try act(harness, .release([], forgiving: true), key: "f") == .success(false))
    #expect(try owed(harness) == [])
  }
}
