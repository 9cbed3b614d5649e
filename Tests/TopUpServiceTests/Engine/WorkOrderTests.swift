import SimulatedWorld
import TestSupport
import Testing
import TopUpCore
import TopUpStore

@testable import TopUpService

/// What is done first where not all that is due has room at once.
@Suite struct WorkOrderTests {
  private static let now = UnixTime(seconds: 1_000)

  @Test func `sweeps come before top-ups that have been due for longer`() {
    var schedule = Schedule()
    for second in 0..<9 as Range<Int64> {
      schedule.set(.topUp(TopUpID("tu_\(second)")), at: UnixTime(seconds: second))
    }
    schedule.set(.inbox, at: Self.now)
    schedule.set(.events, at: Self.now)
    schedule.set(.books, at: UnixTime(seconds: 999))
    schedule.set(.evaluations, at: UnixTime(seconds: 1_001))
    var popped: [Schedule.Work] = []
    while let work = schedule.popDue(Self.now, withTopUps: false) { popped.append(work) }
    #expect(popped == [.books, .inbox, .events])
    let waiting = schedule.earliest(withTopUps: false)
    #expect(waiting == UnixTime(seconds: 1_001))
    let next = schedule.earliest(withTopUps: true)
    #expect(next == UnixTime(seconds: 0))
    popped = []
    while let work = schedule.popDue(Self.now, withTopUps: true) { popped.append(work) }
    #expect(popped == (0..<9).map { .topUp(TopUpID("tu_\($0)")) })
  }

  @Test func `each thing is looked at once, at the earlier moment, and all can be pulled`() {
    var schedule = Schedule()
    let later = UnixTime(seconds: 2_000)
    for work in [Schedule.Work.events, .topUp(TopUpID("tu_1"))] {
      schedule.set(work, at: later)
      schedule.set(work, at: UnixTime(seconds: 1_500))
      schedule.set(work, at: later)
    }
    let none = schedule.popDue(Self.now, withTopUps: true)
    #expect(none == nil)
    schedule.pull(to: Self.now)
    var popped: [Schedule.Work] = []
    while let work = schedule.popDue(later, withTopUps: true) { popped.append(work) }
    #expect(popped == [.events, .topUp(TopUpID("tu_1"))])
  }

  @Test func `top-ups that take all the room keep nobody from being served (39, 50)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    harness.world.control("chain", #"{"stall_finality": true}"#)
    try harness.setPolicy()
    #expect(
      try harness.wait(atMost: .seconds(60)) {
        try harness.topUps().first?.orders.first?.seen != nil
      })
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    harness.world.control("chain", #"{"stall_finality": false}"#)
    harness.loop.advance(by: .seconds(120))
    // The one task that there may be waits for its commit.
    harness.gate.hold { commit in
      commit.changes.contains { if case .moveTopUp = $0 { true } else { false } }
    }
    let next = try harness.restarted { $0.tasksMax = 1 }
    harness.loop.advance(by: .seconds(1))
    let isCaughtUp = harness.loop.run { next.assumeIsolated { $0.isCaughtUp } }
    #expect(isCaughtUp)
    #expect(harness.gate.letGo() == 1)
    #expect(
      try harness.wait(atMost: .seconds(600)) { try harness.topUps().first?.state == .credited })
  }

  @Test func `no more looks are made at once than may be, and all are made (51)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    let accounts = (1...9).map {
      AccountKey.credits(CreditsAccount(tenant: "acme", user: "u\($0)"))
    }
    for account in accounts {
      try harness.commit(.evaluate(account, due: harness.clock.now, claim: nil))
    }
    harness.gate.hold { commit in
      commit.changes.contains { if case .evaluated = $0 { true } else { false } }
    }
    let next = try harness.restarted { $0.evaluationsMax = 2 }
    for _ in 1...5 {
      harness.loop.advance(by: .seconds(1))
      harness.loop.run { next.assumeIsolated { $0.pokeEvaluations() } }
    }
    #expect(harness.gate.letGo() == 2)
    harness.loop.advance(by: .seconds(5))
    for account in accounts {
      #expect(try harness.look { try $0.decisions(of: account, before: nil, limit: 9) }.count == 1)
    }
  }

  @Test func `a look that is planned again and again is brought forward once (48, 51)`() {
    let account = AccountKey.credits(CreditsAccount(tenant: "acme", user: "u1"))
    var recall = Recall(through: UnixTime(seconds: 9_000))
    for due in [2_000, 2_010, 2_020] as [Int64] {
      recall.add([PlannedLook(account: account, due: UnixTime(seconds: due), place: 1)])
      #expect(recall.accounts == (due == 2_000 ? [account] : []))
      recall.wasSeen(account)
    }
    #expect(recall.last?.due == UnixTime(seconds: 2_020))
  }

  @Test func `a look that a clock which was ahead has planned is made at the start (48, 51)`()
    throws
  {
    let harness = try EngineHarness()
    try harness.start()
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    try harness.setPolicy(lookAt: harness.clock.now.advanced(by: .seconds(86_400)))
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(5))
    #expect(try harness.topUps().count == 1)
    withExtendedLifetime(next) {}
  }

  @Test func `a look that was brought forward and fails is made again (48, 51)`() throws {
    let harness = try EngineHarness()
    try harness.start()
    let stopped = harness.loop.start { [engine = harness.engine] in await engine.stop() }
    #expect(stopped.value != nil)
    try harness.setPolicy(lookAt: harness.clock.now.advanced(by: .seconds(86_400)))
    harness.gate.refuse { commit in
      commit.changes.contains { if case .beginTopUp = $0 { true } else { false } } ? .full : nil
    }
    let next = try harness.restarted()
    harness.loop.advance(by: .seconds(5))
    #expect(try harness.topUps() == [])
    harness.gate.refuse(nil)
    harness.loop.advance(by: .seconds(11))
    #expect(try harness.topUps().count == 1)
    withExtendedLifetime(next) {}
  }
}
