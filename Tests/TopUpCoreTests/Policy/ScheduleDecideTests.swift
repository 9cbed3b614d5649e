import Testing
import TopUpCore

@Suite struct ScheduleDecideTests {
  private let cere = Planck.cere.units

  /// A full account whose calendar charges just now.
  private func input(_ occurrence: Occurrence = Situation.occurrence()) -> DecisionInput {
    var input = Situation.input(active: 1_000_000 * cere)
    input.schedule.due = occurrence
    return input
  }

  @Test func `what the calendar charges is charged whatever the balance is`() throws {
    let plan = try #require(decide(input()).plan)
    #expect(plan.trigger == .schedule)
    #expect(plan.amount == Sample.amount)
    #expect(plan.explanation == "the schedule charges \(Sample.amount) for 2026-11 day 21 at 09:30")
    var unread = input()
    unread.reading = nil
    #expect(decide(unread).plan?.effective == .some(nil))
    var low = input()
    low.reading = Situation.reading(0)
    #expect(decide(low).plan?.trigger == .schedule)
  }

  @Test func `the price that is asked for is that of the line, not of the rule`() {
    var input = input(Situation.occurrence(amount: Sample.usd(700)))
    input.policy?.amount = .refillTo(5_000 * cere, .usd)
    input.quote = .notAsked
    #expect(decide(input).request?.side == .fiat(Sample.usd(700)))
  }

  @Test func `the same guards hold as for every automatic charge (2, 6, 7, 18, 47)`() {
    let guards: [(SkipReason, (inout DecisionInput) -> Void)] = [
      (.disabled, { $0.policy?.isEnabled = false }),
      (.killSwitch, { $0.isKillSwitchOn = true }),
      (.accountBlocked, { $0.state.blocks = [Situation.block] }),
      (
        .inFlight,
        { $0.inFlight = [.init(id: TopUpID("tu_9"), isAutomatic: true, pending: 0)] }
      ),
      (.clockSkew, { $0.clocks = .differ }),
      (.backOff, { $0.state.backOffUntil = $0.now.advanced(by: .seconds(1)) }),
      (.noPaymentMethod, { $0.cards = [] }),
      (.noConsent, { $0.consent = nil }),
      (.breakerOpen, { $0.cards = [Situation.card(1, broken: true)] }),
      (.rampBreakerOpen, { $0.ramp.standing.opened = $0.now }),
      (.rampUnavailable, { $0.quote = .unavailable("down") }),
      (.amountOutOfBounds, { $0.policy?.maxPerTopUp = 2_499 }),
      (.capsUnreadable, { $0.windows = nil }),
      (.capReached, { $0.windows = [Situation.window(.init(count: 1), count: 1)] }),
    ]
    for (reason, spoil) in guards {
      var input = input()
      spoil(&input)
      #expect(decide(input).skip?.reason == reason)
    }
  }

  @Test func `no cooldown keeps it back`() {
    var input = input()
    input.state.lastFinished = input.now
    input.state.lastCredited = input.now
    #expect(decide(input).plan?.trigger == .schedule)
  }

  @Test func `it is caught up with for a day, and then let go with its reason (5)`() throws {
    let late = input(Situation.occurrence(ago: .seconds(86_399)))
    #expect(decide(late).plan?.trigger == .schedule)
    let missed = Situation.occurrence(ago: .seconds(86_400))
    let skip = try #require(decide(input(missed)).skip)
    #expect(skip.cause == .missed(missed))
    #expect(skip.explanation.contains("2026-11 day 21 at 09:30"))
    #expect(skip.lookAgain == Situation.now)
  }

  @Test func `nothing is let go by a clock that may be wrong (48)`() {
    var input = input(Situation.occurrence(ago: .seconds(864_000)))
    input.clocks = .unknown
    #expect(decide(input).skip?.reason == .clockSkew)
  }

  @Test func `whatever keeps it back, its day's end and the next line are looked at (51)`() {
    var input = input(Situation.occurrence(ago: .seconds(400)))
    input.consent = nil
    #expect(decide(input).skip?.lookAgain == Situation.now.advanced(by: .seconds(86_000)))
    input.schedule.next = Situation.now.advanced(by: .seconds(50))
    #expect(decide(input).skip?.lookAgain == Situation.now.advanced(by: .seconds(50)))
    var idle = Situation.input(active: 1_000_000 * cere)
    idle.schedule.next = Situation.now.advanced(by: .seconds(70))
    #expect(decide(idle).skip?.reason == .notLow)
    #expect(decide(idle).skip?.lookAgain == Situation.now.advanced(by: .seconds(70)))
  }

  @Test func `it begins an episode, or is the next try of the one that is open (3)`() throws {
    var input = input()
    input.state.episode = .init(ordinal: 4, isArmed: true, topUps: 2)
    let new = try #require(decide(input).plan)
    #expect(new.episode == 5 && new.ordinal == 1)
    input.state.episode.isArmed = false
    let next = try #require(decide(input).plan)
    #expect(next.episode == 4 && next.ordinal == 3)
  }

  @Test
  func `what has begun is tried for three days, and then its episode ends with its reason (5)`()
    throws
  {
    var begun = input(Situation.occurrence(ago: .seconds(3 * 86_400 - 1), isBegun: true))
    begun.state.episode = .init(ordinal: 4, isArmed: false, topUps: 2)
    #expect(decide(begun).plan?.episode == 4)
    begun.schedule.due = Situation.occurrence(ago: .seconds(3 * 86_400), isBegun: true)
    let skip = try #require(decide(begun).skip)
    #expect(skip.reason == .scheduleMissed && skip.rearms)
    #expect(skip.explanation.contains("within three days"))
    #expect(begun.state.skipped(skip, reading: nil).episode.isArmed)
    // Not while its top-up is under way.
    begun.inFlight = [.init(id: Scene.id, isAutomatic: true, pending: 0)]
    #expect(decide(begun).skip?.reason == .inFlight)
  }

  @Test func `a line that is refused for its amount is passed over, no other (51)`() throws {
    var large = input(Situation.occurrence(amount: Sample.usd(90_000)))
    large.quote = .offered(Sample.quote("q1", gross: Sample.usd(90_000)))
    large.policy?.maxPerTopUp = 50_000
    let skip = try #require(decide(large).skip)
    #expect(skip.reason == .amountOutOfBounds)
    let passing = try #require(large.passingOver(skip))
    #expect(passing.schedule.due == nil && passing.schedule.next == skip.lookAgain)
    // A look that finds nothing to do keeps its reason; the line is looked at again by its moment.
    #expect(passing.passingOver(skip) == nil)
    large.isKillSwitchOn = true
    #expect(large.passingOver(try #require(decide(large).skip)) == nil)
  }

  @Test func `a dry run tries another amount of a line, and a rule without it`() throws {
    var recorded = input()
    let line = ScheduledCharge(dayOfMonth: 21, minuteOfDay: 570, amount: Sample.amount)
    recorded.policy?.schedules = [line]
    var other = try #require(recorded.policy)
    other.schedules[0].amount = Sample.usd(5_000)
    let tried = try #require(recorded.decided(under: other).plan)
    #expect(tried.amount == Sample.usd(5_000) && tried.trigger == .schedule)
    other.schedules = []
    #expect(recorded.decided(under: other).skip?.reason == .notLow)
    #expect(recorded.decided(under: try #require(recorded.policy)) == decide(recorded))
  }
}
