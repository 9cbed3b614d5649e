import Testing
import TopUpCore

/// The machine against every environment: calls that arrive, do not, or late; answers that are lost
/// or overtaken; webhooks, restarts and waits at any time; keys forgotten; two drivers at once.
@Suite struct ModelCheckTests {
  /// Well-trodden ways from the reservation, so that a bounded depth reaches every leg.
  struct Start: CustomTestStringConvertible, Sendable {
    let testDescription: String
    fileprivate let moves: [ModelMove]

    static let reserved = Start(testDescription: "reserved", moves: [])
    static let confirming = reserved.then("confirming", [.call(0, bank: .succeeded)] + answered())
    static let declined = confirming.then("declined", answered(bank: .declined))
    static let person = confirming.then("action required", answered(bank: .needsPerson))
    static let charged = confirming.then("charged", answered())
    static let sending = charged.then("sending", answered() + answered())
    static let ordered = sending.then("ordered", answered())
    static let cancelling = sending.then(
      "order cancelling", [.refuse(0, .invalid), .deliver(0)])
    static let refunding = cancelling.then("refunding", answered())

    static let all = [
      reserved, confirming, declined, person, charged, sending, ordered, cancelling, refunding,
    ]

    private static func answered(bank: ModelProcessor.Status = .succeeded) -> [ModelMove] {
      [.call(0, bank: bank), .deliver(0)]
    }

    private func then(_ name: String, _ more: [ModelMove]) -> Start {
      Start(testDescription: name, moves: moves + more)
    }

    func world(drivers: Int) -> ModelWorld {
      let first = ModelWorld(Scene().topUp, at: Scene.start, drivers: drivers)
      return moves.reduce(first) { $0.after($1) }
    }
  }

  @Test func `the starts are what they are called`() {
    let states = Start.all.map { $0.world(drivers: 1).stored.state }
    #expect(
      states == [
        .reserved, .charging, .charging, .actionRequired, .charged, .depositing, .depositing,
        .orderCancelling, .refunding,
      ])
    #expect(Start.sending.world(drivers: 1).stored.next()?.name == "create_order")
    #expect(Start.refunding.world(drivers: 1).stored.next()?.name == "create_refund")
  }

  @Test(arguments: Start.all)
  func `one driver: nothing breaks and nothing is stuck, whatever happens (8, 13, 15, 28, 33)`(
    start: Start
  ) {
    var check = ModelCheck()
    check.explore(
      start.world(drivers: 1), depthMax: 9, situationsMax: 4_000, fairEvery: 128)
    #expect(check.situations >= 1_000)
    #expect(check.fairRuns > 0)
  }

  @Test(arguments: Start.all)
  func `two drivers that know nothing of each other break nothing either (41, 42)`(
    start: Start
  ) {
    var check = ModelCheck()
    check.explore(
      start.world(drivers: 2), depthMax: 9, situationsMax: 4_000, fairEvery: 128)
    #expect(check.situations >= 4_000)
  }

  /// Deeper than every path can be gone.
  @Test func `long walks break nothing, reach every state and can always end (39, 51)`() {
    var states: Set<TopUpState> = []
    for seed: UInt64 in 11...14 {
      for walk in 0..<198 {
        guard let fault = Self.walk(seed: seed, walk, &states) else { continue }
        Issue.record("\(fault): seed \(seed), walk \(walk)")
        return
      }
    }
    let missing = Set(TopUpState.allCases).subtracting(states)
    #expect(
      missing == [.depositHeld, .refundFailed, .reversed],
      "what only a rule, a person or a dispute reaches")
  }

  /// - Returns: what broke, with the way to it; nil when nothing did.
  private static func walk(
    seed: UInt64, _ walk: Int, _ states: inout Set<TopUpState>
  ) -> String? {
    var generator = SeededGenerator(seed: seed << 32 | UInt64(walk))
    var world = Start.all[walk % Start.all.count].world(drivers: 2)
    var trace: [ModelMove] = []
    for _ in 0..<60 {
      guard let move = anyMove(world, &generator) else { break }
      trace.append(move)
      world = world.after(move)
      states.insert(world.stored.state)
      if let fault = ModelRules.fault(in: world) { return "\(fault), after \(trace)" }
    }
    guard let end = ModelFairness.tempers[walk % 3].end(of: world) else {
      return "it never ends, after \(trace)"
    }
    states.insert(end.stored.state)
    return (ModelRules.fault(in: end) ?? unsettled(end)).map { "\($0) in the end, after \(trace)" }
  }

  /// Three times of four something that leads on, for mishaps alone end every walk early.
  private static func anyMove(
    _ world: ModelWorld, _ generator: inout SeededGenerator
  ) -> ModelMove? {
    let moves = world.moves
    let leading = moves.filter(\.leadsOn)
    guard !leading.isEmpty, Int.random(in: 0..<4, using: &generator) > 0 else {
      return moves.randomElement(using: &generator)
    }
    return leading.randomElement(using: &generator)
  }

  /// What is wrong with how a top-up ended: money taken and nothing given, or the reverse.
  private static func unsettled(_ world: ModelWorld) -> String? {
    guard world.stored.state.isTerminal else { return nil }
    let isCharged = world.processor.successes > 0
    let isRefunded = world.processor.refunds.contains { $0.status == .succeeded }
    let isDelivered = world.ramp.delivered > 0
    if isCharged != (isRefunded || isDelivered) { return "charged and nothing given" }
    if !isCharged, !world.wasReleased { return "nothing charged, nothing released (8)" }
    return nil
  }
}
