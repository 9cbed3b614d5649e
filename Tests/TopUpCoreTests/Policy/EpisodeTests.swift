import Testing
import TopUpCore

@Suite struct EpisodeTests {
  private static let notLow = SkipCause.notLow(effective: 9, threshold: 5)

  @Test func `a low balance fires the episode once (3)`() throws {
    var input = Situation.input()
    let plan = try #require(decide(input).plan)
    #expect(plan.episode == 1)
    #expect(plan.ordinal == 1)
    input.state = input.state.fired(plan, reading: input.reading)
    #expect(input.state.episode == .init(ordinal: 1, isArmed: false, topUps: 1))
    #expect(input.state.version == 1)
    #expect(input.state.reading == input.reading)
  }

  @Test func `a retry stays in the episode with the next ordinal, and so has another id (18, 50)`()
    throws
  {
    var input = Situation.input()
    input.state.episode = .init(ordinal: 3, isArmed: false, topUps: 1, declines: 1)
    let plan = try #require(decide(input).plan)
    #expect(plan.episode == 3)
    #expect(plan.ordinal == 2)
    let after = input.state.fired(plan, reading: nil)
    #expect(after.episode == .init(ordinal: 3, isArmed: false, topUps: 2, declines: 1))
    let ids = (1...2).map {
      TopUpID.automatic(account: input.account, episode: 3, ordinal: $0)
    }
    #expect(ids[0] != ids[1])
  }

  @Test func `the next episode goes on counting the declines in a row (18)`() throws {
    var input = Situation.input()
    input.state.episode = .init(ordinal: 3, isArmed: true, topUps: 4, declines: 2)
    let plan = try #require(decide(input).plan)
    #expect(plan.episode == 4)
    #expect(plan.ordinal == 1)
    #expect(
      input.state.fired(plan, reading: nil).episode
        == .init(ordinal: 4, isArmed: false, topUps: 1, declines: 2))
  }

  @Test func `a balance back above re-arms, and leaves declines and back-off as they are (4, 18)`()
    throws
  {
    var state = AccountState(
      episode: .init(ordinal: 2, isArmed: false, topUps: 2, declines: 2))
    state.backOffUntil = Situation.now
    let above = Skip(Self.notLow, rearms: true)
    let after = state.skipped(above, reading: nil)
    #expect(after.episode == .init(ordinal: 2, isArmed: true, topUps: 2, declines: 2))
    #expect(after.backOffUntil == Situation.now)
    let near = Skip(Self.notLow, rearms: false)
    #expect(state.skipped(near, reading: nil).episode == state.episode)
  }

  @Test func `a reading from lower down is not remembered (10)`() {
    var state = AccountState(reading: Situation.reading(5, block: 100))
    state = state.skipped(Skip(Self.notLow), reading: Situation.reading(9, block: 99))
    #expect(state.reading?.active == 5)
    state = state.skipped(Skip(Self.notLow), reading: Situation.reading(9, block: 100))
    #expect(state.reading?.active == 9)
    state = state.skipped(Skip(Self.notLow), reading: nil)
    #expect(state.reading?.active == 9)
  }

  /// An account through random readings, claims, ends and waits, decided at each step.
  @Test(arguments: 1...8)
  func `one automatic top-up at a time, and one charge for an episode (2, 3, 4)`(
    seed: UInt64
  ) throws {
    var life = AccountLife(seed: seed)
    for _ in 0..<1_500 { try life.step() }
    #expect(life.begun >= 20)
    #expect(life.retries > 0)
    #expect(life.credited > 0)
  }
}

/// One account under random events, with what must hold of it.
private struct AccountLife {
  private var generator: SeededGenerator
  private var state = AccountState()
  private var now = Situation.now
  private var block: UInt64 = 1_000
  private var active: Int128 = 60 * Situation.cere
  private var underWay: TopUpPlan?
  private var charged: [Int64: Int] = [:]
  private var ids: Set<TopUpID> = []
  /// Not before this after a decline, and how many came in a row without a breaker.
  private var notBefore: UnixTime?
  private var declinesInARow = 0
  private(set) var begun = 0
  private(set) var retries = 0
  private(set) var credited = 0

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func step() throws {
    now = now.advanced(by: .seconds(Int64.random(in: 0...4_000, using: &generator)))
    block += UInt64.random(in: 0...9, using: &generator)
    active = max(0, active - Int128.random(in: 0...(6 * Situation.cere), using: &generator))
    if underWay != nil, Bool.random(using: &generator) { try end() }
    look()
  }

  private mutating func look() {
    var input = Situation.input()
    input.now = now
    input.state = state
    input.reading = Situation.reading(active, block: block, at: now)
    if Bool.random(using: &generator) {
      input.claim = Situation.claim(
        LowBalanceClaim.Severity.allCases.randomElement(using: &generator) ?? .low,
        burn: Int128.random(in: 0...Situation.cere, using: &generator))
    }
    if let underWay {
      let id = TopUpID.automatic(
        account: underWay.account, episode: underWay.episode ?? 0, ordinal: underWay.ordinal)
      input.inFlight = [.init(id: id, isAutomatic: true, pending: 0)]
    }
    switch decide(input) {
    case .needsQuote: Issue.record("a price was offered")
    case .skip(let skip): state = state.skipped(skip, reading: input.reading)
    case .topUp(let plan):
      #expect(underWay == nil, "two at a time (2)")
      let episode = plan.episode ?? 0
      #expect(charged[episode] == nil, "an episode that was charged fired again (3)")
      #expect(now >= notBefore ?? now, "before the decline's back-off was over (18)")
      let id = TopUpID.automatic(
        account: plan.account, episode: episode, ordinal: plan.ordinal)
      #expect(ids.insert(id).inserted, "an id was used twice (50)")
      #expect(episode >= state.episode.ordinal, "episodes only rise")
      begun += 1
      if plan.ordinal > 1 { retries += 1 }
      state = state.fired(plan, reading: input.reading)
      underWay = plan
    }
  }

  /// The top-up under way ends in one of the ways it can.
  private mutating func end() throws {
    guard let plan = underWay else { return }
    underWay = nil
    var scene: Scene
    switch Int.random(in: 0..<5, using: &generator) {
    case 0, 1:
      scene = try Scene.ordered()
      try scene.deliver(Sample.order(.completed, version: 2, block: block))
      charged[plan.episode ?? 0, default: 0] += 1
      credited += 1
      active += 40 * Situation.cere
    case 2:
      scene = try Scene.confirming(cards: [Sample.card(1)])
      try scene.on(.intentSeen(Sample.declined()))
      try scene.on(.intentSeen(Sample.intent(.canceled)))
    case 3:
      scene = Scene()
      try scene.on(.cancelRequested("user"))
    default:
      scene = Scene()
      scene.wait(.seconds(600))
      try scene.on(.timePassed)
    }
    let before = state
    let aftermath = Aftermath(
      of: scene.topUp, on: state, cooldown: .seconds(3_600), lowCooldown: .seconds(300), at: now)
    state = aftermath.state
    if scene.state == .declined {
      declinesInARow += 1
      if aftermath.breakers.isEmpty {
        #expect(declinesInARow < 4, "the fourth decline opens the breaker (18)")
        let wait = Duration.seconds([3_600, 21_600, 86_400][min(declinesInARow, 3) - 1])
        notBefore = now.advanced(by: wait)
      } else {
        declinesInARow = 0
        notBefore = nil
      }
    } else if scene.state == .credited {
      declinesInARow = 0
      notBefore = nil
    }
    #expect(state.episode.ordinal == before.episode.ordinal)
    #expect(state.lastCreditHeight >= before.lastCreditHeight)
  }
}
