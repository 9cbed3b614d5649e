import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Charges by the calendar, from the minute to the credit (invariants 2, 3, 5, 47, 48, 51).
@Suite struct ScheduleEngineTests {
  private static let amount = Money(minorUnits: 700, .usd)

  /// A line whose next occurrence is so far from now, in whole minutes of UTC.
  private func line(
    _ harness: EngineHarness, in minutes: Int64, amount: Money = amount
  ) -> ScheduledCharge {
    let moment = harness.clock.now.seconds / 60 + minutes
    let date = CivilDate(daysFrom1970: moment / 1_440)
    return ScheduledCharge(
      dayOfMonth: date.day, minuteOfDay: Int(moment % 1_440), amount: amount)
  }

  /// A full account with a line an hour ahead.
  private func full(
    card: String? = "4242424242424242", _ adjust: (inout Policy) -> Void = { _ in }
  ) throws -> EngineHarness {
    let harness = try EngineHarness()
    try harness.start(card: card, balance: 10_000)
    try harness.setPolicy {
      $0.schedules = [line(harness, in: 60)]
      adjust(&$0)
    }
    harness.loop.advance(by: .seconds(5))
    #expect(try harness.topUps().isEmpty)
    return harness
  }

  private func scheduled(_ harness: EngineHarness) throws -> [TopUp] {
    try harness.topUps().filter { $0.trigger == .schedule }
  }

  @Test func `a line is charged at its minute, once, whatever the balance is (3, 51)`() throws {
    let harness = try full()
    harness.loop.advance(by: .seconds(3_500))
    #expect(try harness.topUps().isEmpty)
    #expect(
      try harness.wait(atMost: .seconds(900)) { try harness.topUps().first?.state == .credited })
    let topUp = try #require(try harness.topUps().first)
    #expect(topUp.trigger == .schedule && topUp.amount == Self.amount)
    harness.loop.advance(by: .seconds(5 * 86_400))
    harness.onEngine { $0.pokeEvaluations() }
    #expect(try harness.topUps().count == 1)
    #expect(try harness.store.verify() == [])
    // The next month's is planned.
    let next = try #require(try harness.look { try $0.lookDue(harness.key) })
    #expect(next.since(harness.clock.now) > .seconds(20 * 86_400))
  }

  @Test func `month after month has its own`() throws {
    let harness = try full()
    #expect(
      try harness.wait(atMost: .seconds(95 * 86_400), step: .seconds(3_600)) {
        try scheduled(harness).count { $0.state == .credited } == 4
      })
    #expect(Set(try scheduled(harness).map(\.episode)).count == 4)
  }

  @Test func `while another is in flight it waits for that one's end (2)`() throws {
    let harness = try full { $0.hold = HoldRule(newCard: .seconds(7_200), risk: nil) }
    harness.setBalance(20)
    // Until the chain has it finalized.
    harness.loop.advance(by: .seconds(60))
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: nil))
    harness.onEngine { $0.pokeEvaluations() }
    harness.loop.advance(by: .seconds(3_640))
    #expect(try harness.topUps().map(\.trigger) == [.threshold])
    #expect(try harness.decisions().first?.skip == .inFlight)
    #expect(
      try harness.wait(atMost: .seconds(3 * 7_200), step: .seconds(30)) {
        try scheduled(harness).first?.state == .credited
      })
    #expect(try harness.topUps().count == 2)
  }

  @Test func `one that was missed is caught up with within a day, once (48)`() throws {
    let harness = try full()
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    harness.loop.advance(by: .seconds(3_600 + 80_000))
    #expect(try harness.topUps().isEmpty)
    let next = try harness.restarted()
    #expect(
      try harness.wait(atMost: .seconds(900)) { try harness.topUps().first?.state == .credited })
    harness.loop.advance(by: .seconds(86_400))
    #expect(try harness.topUps().count == 1)
    withExtendedLifetime(next) {}
  }

  @Test func `one that was missed for a day is a row with its reason, and no charge (5)`() throws {
    let harness = try full()
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    harness.loop.advance(by: .seconds(3_600 + 86_500))
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(300))
    #expect(try harness.topUps().isEmpty)
    let missed = try harness.decisions().filter { $0.skip == .scheduleMissed }
    #expect(missed.count == 1)
    #expect(missed.first?.explanation.contains("could not be charged within a day") == true)
    harness.loop.advance(by: .seconds(86_400))
    #expect(try harness.decisions().count { $0.skip == .scheduleMissed } == 1)
    withExtendedLifetime(next) {}
  }

  @Test func `what keeps it back for a day lets it go, and tells (5, 51)`() throws {
    let harness = try full(card: nil)
    harness.loop.advance(by: .seconds(3_700))
    #expect(try harness.decisions().first?.skip == .noPaymentMethod)
    harness.loop.advance(by: .seconds(86_400))
    #expect(try harness.decisions().contains { $0.skip == .scheduleMissed })
    _ = try harness.addCard("4242424242424242")
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: nil))
    harness.onEngine { $0.pokeEvaluations() }
    harness.loop.advance(by: .seconds(600))
    #expect(try harness.topUps().isEmpty)
  }

  @Test func `an edit charges nothing of the past (47)`() throws {
    let harness = try full()
    harness.loop.advance(by: .seconds(7_200))
    #expect(try harness.topUps().count == 1)
    // A line an hour ago, and the one that was charged with another amount.
    try harness.setPolicy {
      $0.schedules = [
        line(harness, in: -60),
        line(harness, in: -61, amount: Money(minorUnits: 900, .usd)),
      ]
    }
    harness.loop.advance(by: .seconds(2 * 86_400))
    #expect(try harness.topUps().count == 1)
    #expect(try harness.decisions().allSatisfy { $0.skip != .scheduleMissed })
  }

  @Test func `an answer stands, whatever the rule says later of the same day and minute (3)`()
    throws
  {
    let harness = try full()
    let first = try harness.look { try $0.account(harness.key) }.policy?.schedules ?? []
    harness.loop.advance(by: .seconds(7_200))
    #expect(try harness.topUps().count == 1)
    // As a rule that was set by a clock a day behind would have it.
    try harness.setPolicy { $0.schedules = first }
    var back = try #require(try harness.look { try $0.account(harness.key) }.policy)
    back.version += 1
    back.schedules[0].since = UnixTime(seconds: 0)
    try harness.commit(
      .putPolicy(back, expected: back.version - 1),
      .evaluate(harness.key, due: harness.clock.now, claim: nil))
    harness.onEngine { $0.pokeEvaluations() }
    harness.loop.advance(by: .seconds(3_600))
    #expect(try harness.topUps().count == 1)
  }

  @Test func `what an older copy of the store may have forgotten is not charged by it (50)`() throws
  {
    let harness = try full()
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    harness.loop.advance(by: .seconds(7_200))
    // The copy is from before the occurrence, and a person has settled what came after.
    try harness.commit(.markBehind("an intent that this file does not have"))
    try harness.commit(.clearBehind(actor: "ops", through: harness.clock.now))
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(3_600))
    #expect(try harness.topUps().isEmpty)
    // The next month's is charged.
    #expect(
      try harness.wait(atMost: .seconds(32 * 86_400), step: .seconds(3_600)) {
        try scheduled(harness).first?.state == .credited
      })
    withExtendedLifetime(next) {}
  }

  @Test func `a soft decline is tried again in the same episode, an hour later (3, 18)`() throws {
    // Insufficient funds.
    let harness = try full(card: "4000000000000341")
    #expect(
      try harness.wait(atMost: .seconds(2 * 86_400), step: .seconds(60)) {
        try scheduled(harness).count { $0.state == .declined } == 3
      })
    let tries = try scheduled(harness)
    #expect(Set(tries.map(\.episode)).count == 1)
    #expect(tries.map(\.amount) == [Self.amount, Self.amount, Self.amount])
    let waits = zip(tries, tries.dropFirst()).map { $1.created.since($0.updated) }
    #expect(waits.count == 2 && waits[0] >= .seconds(3_600) && waits[1] >= .seconds(21_600))
  }

  @Test func `a reservation that nothing was sent for is decided anew for its line (47)`() throws {
    let harness = try full()
    harness.loop.advance(by: .seconds(3_500))
    harness.world.setFaults(
      FaultRule(.stripe, method: "POST", .all, .dropBefore))
    #expect(
      try harness.wait(atMost: .seconds(120)) { try !scheduled(harness).isEmpty })
    try harness.commit(.setKillSwitch(true, actor: "ops"))
    harness.world.setFaults()
    harness.loop.advance(by: .seconds(1_200))
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    harness.loop.advance(by: .seconds(1_200))
    let all = try scheduled(harness)
    #expect(all.count { $0.state == .credited } == 1)
    #expect(Set(all.map(\.episode)).count == 1)
  }

  @Test func `what was forbidden is charged when it is allowed again (3, 47, 51)`() throws {
    let harness = try full()
    harness.loop.advance(by: .seconds(3_500))
    harness.world.setFaults(
      FaultRule(.stripe, method: "POST", .all, .dropBefore))
    #expect(try harness.wait(atMost: .seconds(120)) { try !scheduled(harness).isEmpty })
    try harness.commit(.setKillSwitch(true, actor: "ops"))
    harness.world.setFaults()
    #expect(
      try harness.wait(atMost: .seconds(7_200)) {
        try scheduled(harness).first?.state == .cancelled
      })
    harness.loop.advance(by: .seconds(43_200))
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    #expect(
      try harness.wait(atMost: .seconds(900)) { try scheduled(harness).last?.state == .credited })
    harness.loop.advance(by: .seconds(4 * 86_400))
    let all = try scheduled(harness)
    #expect(all.count == 2 && Set(all.map(\.episode)).count == 1)
  }

  /// A line whose top-up was put off by the kill switch, which is still on.
  private func putOff(card: String = "4242424242424242") throws -> EngineHarness {
    let harness = try full(card: card)
    harness.loop.advance(by: .seconds(3_500))
    harness.world.setFaults(FaultRule(.stripe, method: "POST", .all, .dropBefore))
    #expect(try harness.wait(atMost: .seconds(120)) { try !scheduled(harness).isEmpty })
    try harness.commit(.setKillSwitch(true, actor: "ops"))
    harness.world.setFaults()
    #expect(
      try harness.wait(atMost: .seconds(7_200)) {
        try scheduled(harness).first?.state == .cancelled
      })
    return harness
  }

  @Test func `what is forbidden for three days ends with a reason, and is not charged (5, 51)`()
    throws
  {
    let harness = try putOff()
    harness.loop.advance(by: .seconds(3 * 86_400 + 7_200))
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    harness.loop.advance(by: .seconds(86_400))
    #expect(try harness.topUps().count == 1)
    let missed = try harness.decisions().filter { $0.skip == .scheduleMissed }
    #expect(missed.map { $0.explanation.contains("within three days") } == [true])
    #expect(try harness.look { try $0.account(harness.key) }.state.episode.isArmed)
  }

  @Test func `what was put off is not tried again once somebody cancels it (3, 4)`() throws {
    let harness = try putOff()
    let id = try #require(try scheduled(harness).first?.id)
    for _ in 1...2 {
      let cancelled = harness.loop.start { [engine = harness.engine] in
        try await engine.cancel(id, reason: "not wanted")
      }
      #expect(try #require(cancelled.result).get().state == .cancelled)
    }
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    harness.loop.advance(by: .seconds(4 * 86_400))
    #expect(try harness.topUps().count == 1)
  }

  @Test func `what has begun is tried on, though it does not fit for a while (3, 51)`() throws {
    let harness = try putOff()
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    let lines = try harness.look { try $0.account(harness.key) }.policy?.schedules ?? []
    try harness.setPolicy {
      $0.schedules = lines
      $0.month = Policy.Cap(minorUnits: 500)
    }
    harness.loop.advance(by: .seconds(3_600))
    #expect(try harness.topUps().count == 1)
    // The balance is high, and that ends nothing.
    #expect(try harness.look { try $0.account(harness.key) }.state.episode.isArmed == false)
    try harness.setPolicy { $0.schedules = lines }
    #expect(
      try harness.wait(atMost: .seconds(900)) { try scheduled(harness).last?.state == .credited })
  }

  @Test func `a cancel that is repeated leaves the tries that followed alone (3, 4)`() throws {
    // Insufficient funds.
    let harness = try putOff(card: "4000000000000341")
    let first = try #require(try scheduled(harness).first?.id)
    try harness.commit(.setKillSwitch(false, actor: "ops"))
    #expect(
      try harness.wait(atMost: .seconds(900)) { try scheduled(harness).last?.state == .declined })
    let cancelled = harness.loop.start { [engine = harness.engine] in
      try await engine.cancel(first, reason: "not wanted")
    }
    #expect(try #require(cancelled.result).get().state == .cancelled)
    #expect(try harness.look { try $0.account(harness.key) }.state.episode.isArmed == false)
  }

  @Test func `a line that does not fit for long leaves the next look to the balance (51)`() throws {
    let harness = try full {
      $0.schedules[0].amount = Money(minorUnits: 90_000, .usd)
      $0.month = Policy.Cap(minorUnits: 50_000)
    }
    harness.loop.advance(by: .seconds(3_500))
    harness.setBalance(20)
    harness.loop.advance(by: .seconds(60))
    // The balance cannot be read at the look that finds the line too large.
    harness.world.setFaults(FaultRule(.node, .all, .dropBefore))
    #expect(
      try harness.wait(atMost: .seconds(300)) {
        try harness.decisions().first?.skip == .capReached
      })
    harness.world.setFaults()
    #expect(
      try harness.wait(atMost: .seconds(300)) { try harness.topUps().first?.state == .credited })
  }

  @Test func `a line that is too large leaves a low balance its own top-up, and tells (5, 51)`()
    throws
  {
    let harness = try full {
      $0.schedules[0].amount = Money(minorUnits: 90_000, .usd)
      $0.maxPerTopUp = 50_000
    }
    harness.loop.advance(by: .seconds(3_700))
    #expect(try harness.topUps().isEmpty)
    #expect(try harness.decisions().first?.skip == .amountOutOfBounds)
    harness.setBalance(20)
    harness.loop.advance(by: .seconds(60))
    try harness.commit(.evaluate(harness.key, due: harness.clock.now, claim: nil))
    harness.onEngine { $0.pokeEvaluations() }
    #expect(
      try harness.wait(atMost: .seconds(900)) { try harness.topUps().first?.state == .credited })
    #expect(try harness.topUps().map(\.trigger) == [.threshold])
    // What began nothing has its reason beside it, and the events are counted once.
    let decisions = try harness.decisions()
    let begun = try #require(decisions.firstIndex { $0.topUp != nil })
    #expect(decisions[begun + 1].skip == .amountOutOfBounds && decisions[begun + 1].events == 0)
    harness.loop.advance(by: .seconds(2 * 86_400))
    #expect(try harness.topUps().count == 1)
    #expect(try harness.decisions().count { $0.skip == .scheduleMissed } == 1)
    #expect(try harness.store.verify() == [])
  }

  @Test func `a line that no cap has room for is told, though another top-up begins (5, 45)`()
    throws
  {
    let harness = try full {
      $0.schedules[0].amount = Money(minorUnits: 90_000, .usd)
      $0.month = Policy.Cap(minorUnits: 50_000)
    }
    harness.loop.advance(by: .seconds(3_500))
    harness.setBalance(20)
    #expect(
      try harness.wait(atMost: .seconds(300)) { try harness.topUps().first?.state == .credited })
    #expect(try harness.decisions().contains { $0.skip == .capReached })
    let told = try harness.look { try $0.notices(NoticeQuery(account: harness.key, limit: 100)) }
    #expect(told.count { $0.notice.kind == .capReached } == 1)
  }

  @Test func `how long a top-up took is noted with its credit, without its hold`() throws {
    let harness = try EngineHarness()
    try harness.start()
    try harness.setPolicy { $0.hold = HoldRule(newCard: .seconds(86_400), risk: nil) }
    #expect(
      try harness.wait(atMost: .seconds(2 * 86_400), step: .seconds(30)) {
        try harness.topUps().first?.state == .credited
      })
    let spans = try harness.look { try $0.leadTimes(limit: 10) }
    #expect(spans.count == 1)
    #expect(spans.allSatisfy { $0 > .zero && $0 < .seconds(600) })
    let user = try harness.create(card: nil)
    harness.onEngine { $0.poke(user.id) }
    #expect(
      try harness.wait(atMost: .seconds(600)) {
        try harness.look { try $0.topUp(user.id) }?.state == .credited
      })
    #expect(try harness.look { try $0.leadTimes(limit: 10) }.count == 1)
  }
}
