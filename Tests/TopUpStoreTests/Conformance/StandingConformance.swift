import Testing
import TopUpCore

/// The parts of an account that are read by themselves say what the whole account says.
@Suite struct StandingConformance {
  private let key = Sample.ddc(7)

  @Test(arguments: StoreKind.allCases)
  func `an account nobody has heard of has no standing`(_ kind: StoreKind) throws {
    let ground = try Ground(kind)
    let balance = try ground.read { try $0.balanceStanding(of: key) }
    #expect(balance == BalanceStanding(reading: nil, claim: nil, inFlight: []))
    #expect(try ground.read { try $0.intakeStanding(of: key) } == IntakeStanding())
    #expect(try ground.read { try $0.lookDue(key) } == nil)
  }

  @Test(arguments: StoreKind.allCases)
  func `a balance stands at its last reading, with what is claimed and on its way`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let state = Sample.state(version: 1)
    let topUp = Sample.topUp("1", account: key)
    let claim = Sample.claim(.critical, unbilled: 3, burn: 8)
    try await ground.commit(
      .putAccount(key, state), .beginTopUp(topUp, cause: "decided"),
      .evaluate(key, due: Sample.time(5), claim: claim))
    #expect(
      try ground.read { try $0.balanceStanding(of: key) }
        == BalanceStanding(reading: state.reading, claim: claim, inFlight: [topUp]))
    // A claim that waits for no look is of the look that answers it.
    try await ground.commit(
      .evaluated(key, generation: 1, next: nil, counted: 0, answersClaim: false))
    #expect(try ground.read { try $0.balanceStanding(of: key) }.claim == nil)
    try await ground.commit(
      .moveTopUp(Sample.moved(topUp, to: .cancelled), cause: "cancelled"))
    #expect(try ground.read { try $0.balanceStanding(of: key) }.inFlight.isEmpty)
  }

  @Test(arguments: StoreKind.allCases)
  func `an event is judged by the rule in force, the last reading and what is under way`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    func standing() throws -> IntakeStanding {
      try ground.read { try $0.intakeStanding(of: key) }
    }
    try await ground.commit(.putPolicy(Sample.policy(key, version: 1), expected: 0))
    #expect(try standing() == IntakeStanding(isPolicyEnabled: true))
    var off = Sample.policy(key, version: 2)
    off.isEnabled = false
    try await ground.commit(
      .putPolicy(off, expected: 1), .putAccount(key, Sample.state(version: 1)))
    #expect(try standing() == IntakeStanding(readingBlock: 1_234_567, isPolicyEnabled: false))
    try await ground.commit(.evaluate(key, due: Sample.time(5), claim: Sample.claim(.low)))
    #expect(try standing().isPending)
    #expect(try ground.read { try $0.lookDue(key) } == Sample.time(5))
    try await ground.commit(
      .evaluated(key, generation: 1, next: nil, counted: 9, answersClaim: true))
    #expect(try !standing().isPending)
    #expect(try ground.read { try $0.lookDue(key) } == nil)
    // A user's own top-up is none of the rule's.
    try await ground.commit(
      .beginTopUp(Sample.topUp("1", account: key, trigger: .user), cause: "asked"))
    #expect(try standing().inFlight == nil)
    try await ground.commit(.beginTopUp(Sample.topUp("2", account: key), cause: "decided"))
    #expect(try standing().inFlight == TopUpID("tu_2"))
  }

  @Test(arguments: StoreKind.allCases)
  func `an account that was made in what was rolled back is made again`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let taken = StoredRequest(caller: "c", key: "k", digest: [], result: "r")
    try await ground.commit(.rememberRequest(taken))
    let refused = try await ground.conflict(
      .evaluate(key, due: Sample.time(1), claim: nil), .rememberRequest(taken))
    #expect(refused == .keyUsed)
    try await ground.commit(.evaluate(Sample.ddc(8), due: Sample.time(2), claim: nil))
    try await ground.commit(.evaluate(key, due: Sample.time(3), claim: nil))
    #expect(try ground.read { try $0.lookDue(key) } == Sample.time(3))
    #expect(try ground.read { try $0.lookDue(Sample.ddc(8)) } == Sample.time(2))
    #expect(try ground.faults().isEmpty)
  }
}
