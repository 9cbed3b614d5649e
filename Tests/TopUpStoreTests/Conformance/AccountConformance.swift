import Testing
import TopUpCore

@Suite struct AccountConformance {
  private let key = Sample.ddc(3)

  private func evaluation(_ ground: Ground) throws -> Evaluation? {
    try ground.read { try $0.account(key) }.evaluation
  }

  @Test(arguments: StoreKind.allCases)
  func `an account nobody has touched is in its first state`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    #expect(
      try ground.read { try $0.account(key) }
        == StoredAccount(policy: nil, state: AccountState(), claim: nil, evaluation: nil))
  }

  @Test(arguments: StoreKind.allCases)
  func `an account's state comes back, and takes only its next version`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.putAccount(key, Sample.state(version: 1)))
    #expect(try ground.read { try $0.account(key) }.state == Sample.state(version: 1))
    for version: Int64 in [0, 1, 3, .min] {
      let put = Change.putAccount(key, Sample.state(version: version))
      #expect(try await ground.conflict(put)?.kind == "changed")
    }
    var bare = AccountState()
    bare.version = 2
    try await ground.commit(.putAccount(key, bare))
    #expect(try ground.read { try $0.account(key) }.state == bare)
  }

  @Test(arguments: StoreKind.allCases)
  func `a policy comes back, and follows the version it was read at`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let first = Sample.policy(key, version: 1)
    try await ground.commit(.putPolicy(first, expected: 0))
    #expect(try ground.read { try $0.account(key) }.policy == first)
    var second = Sample.policy(key, version: 2)
    second.amount = .fixed(Money(minorUnits: 777, .chf))
    second.minRunway = nil
    second.arriveBeforeEmpty = nil
    second.schedules = []
    second.cards = []
    let late = try await ground.conflict(.putPolicy(second, expected: 0))
    #expect(late?.kind == "changed")
    var skipping = second
    skipping.version = 3
    let gap = try await ground.conflict(.putPolicy(skipping, expected: 1))
    #expect(gap?.kind == "forbidden")
    try await ground.commit(.putPolicy(second, expected: 1))
    #expect(try ground.read { try $0.account(key) }.policy == second)
  }

  @Test(arguments: StoreKind.allCases)
  func `claims fold together, and the earliest time stays`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.evaluate(key, due: Sample.time(50), claim: nil))
    #expect(
      try evaluation(ground) == Evaluation(due: Sample.time(50), claim: nil, generation: 1))
    try await ground.commit(.evaluate(key, due: Sample.time(60), claim: Sample.claim(.low)))
    let second = Sample.claim(.critical, unbilled: 3, burn: 8)
    try await ground.commit(.evaluate(key, due: Sample.time(20), claim: second))
    try await ground.commit(.evaluate(key, due: Sample.time(30), claim: nil))
    var folded = Sample.claim(.low)
    folded.fold(second)
    #expect(
      try evaluation(ground) == Evaluation(due: Sample.time(20), claim: folded, generation: 4))
  }

  @Test(arguments: StoreKind.allCases)
  func `a look ends when nothing has come in since`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.evaluate(key, due: Sample.time(1), claim: Sample.claim(.low)))
    try await ground.commit(
      .evaluated(key, generation: 1, next: Sample.time(90), counted: 1, answersClaim: true))
    #expect(
      try evaluation(ground) == Evaluation(due: Sample.time(90), claim: nil, generation: 1))
    try await ground.commit(
      .evaluated(key, generation: 1, next: nil, counted: 1, answersClaim: true))
    #expect(try evaluation(ground) == nil)
    #expect(try ground.read { try $0.nextEvaluation(after: Sample.time(0)) } == nil)
  }

  @Test(arguments: StoreKind.allCases)
  func `a claim stays until it is answered, and each event is counted once (5, 51)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    var claim = Sample.claim(.low)
    claim.events = 31
    try await ground.commit(.evaluate(key, due: Sample.time(1), claim: claim))
    // Two more come while the look goes on.
    var more = Sample.claim(.critical, unbilled: 70)
    more.events = 2
    try await ground.commit(.evaluate(key, due: Sample.time(2), claim: more))
    try await ground.commit(
      .evaluated(key, generation: 1, next: nil, counted: 31, answersClaim: true))
    var left = claim
    left.fold(more)
    left.events = 2
    #expect(
      try evaluation(ground) == Evaluation(due: Sample.time(1), claim: left, generation: 2))
    try await ground.commit(
      .evaluated(key, generation: 2, next: Sample.time(90), counted: 2, answersClaim: false))
    left.events = 0
    #expect(
      try evaluation(ground) == Evaluation(due: Sample.time(90), claim: left, generation: 2))
    // Nothing leads to a look, and the next that something else causes goes by the claim.
    try await ground.commit(
      .evaluated(key, generation: 2, next: nil, counted: 0, answersClaim: false))
    #expect(try evaluation(ground) == nil)
    try await ground.commit(.evaluate(key, due: nil, claim: Sample.claim(.low)))
    #expect(try evaluation(ground) == nil)
    left.events = 1
    try await ground.commit(.evaluate(key, due: Sample.time(5), claim: nil))
    #expect(
      try evaluation(ground) == Evaluation(due: Sample.time(5), claim: left, generation: 4))
  }

  @Test(arguments: StoreKind.allCases)
  func `what came in after the read keeps the account due`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.evaluate(key, due: Sample.time(1), claim: Sample.claim(.low)))
    let read = try #require(try evaluation(ground))
    try await ground.commit(.evaluate(key, due: Sample.time(2), claim: Sample.claim(.exhausted)))
    try await ground.commit(
      .evaluated(key, generation: read.generation, next: nil, counted: 1, answersClaim: true))
    let after = try #require(try evaluation(ground))
    #expect(after.due == Sample.time(1))
    #expect(after.claim?.severity == .exhausted)
    #expect(after.generation == read.generation + 1)
    // Without a claim too: a policy may have changed under the look.
    try await ground.commit(.evaluate(key, due: Sample.time(3), claim: nil))
    try await ground.commit(
      .evaluated(key, generation: after.generation, next: nil, counted: 1, answersClaim: true))
    #expect(try evaluation(ground)?.due == Sample.time(1))
  }

  @Test(arguments: StoreKind.allCases)
  func `a generation never comes twice, also after a rest`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.evaluate(key, due: Sample.time(1), claim: nil))
    try await ground.commit(
      .evaluated(key, generation: 1, next: nil, counted: 0, answersClaim: true))
    try await ground.commit(.evaluate(key, due: Sample.time(5), claim: Sample.claim(.low)))
    // A look that began before the rest is over late.
    try await ground.commit(
      .evaluated(key, generation: 1, next: nil, counted: 0, answersClaim: true))
    #expect(
      try evaluation(ground)
        == Evaluation(due: Sample.time(5), claim: Sample.claim(.low), generation: 2))
    let stranger = Change.evaluated(
      Sample.ddc(9), generation: 1, next: nil, counted: 0, answersClaim: true)
    #expect(try await ground.conflict(stranger)?.kind == "missing")
  }

  @Test(arguments: StoreKind.allCases)
  func `the longest due account is looked at first`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    for (account, due) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
      try await ground.commit(
        .evaluate(Sample.ddc(UInt8(account)), due: Sample.time(due), claim: nil))
    }
    #expect(try ground.read { try $0.nextEvaluation(after: Sample.time(9)) } == Sample.time(10))
    func due(_ now: Int, _ limit: Int) throws -> [AccountKey] {
      try ground.read { try $0.dueEvaluations(Sample.time(now), limit: limit) }
    }
    #expect(try due(9, 9) == [])
    #expect(try due(30, 9) == [Sample.ddc(2), Sample.ddc(3), Sample.ddc(1)])
    #expect(try due(99, 2) == [Sample.ddc(2), Sample.ddc(3)])
  }

  @Test(arguments: StoreKind.allCases)
  func `decisions come back newest first, each with one outcome`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    var decisions: [StoredDecision] = []
    for number in 1...4 {
      var decision = StoredDecision(
        position: Int64(number), account: key, at: Sample.time(number),
        topUp: TopUpID("tu_\(number)"), skip: nil, explanation: "№ \(number)",
        effective: -Int128(number) << 80, block: .max, policyVersion: 2, episode: 5, events: 6)
      if number.isMultiple(of: 2) {
        decision.topUp = nil
        decision.skip = .capReached
        decision.effective = nil
      }
      decisions.append(decision)
      try await ground.commit(.recordDecision(decision))
    }
    var other = decisions[0]
    other.account = Sample.ddc(9)
    try await ground.commit(.recordDecision(other))
    func page(_ before: Int64?, _ limit: Int) throws -> [StoredDecision] {
      try ground.read { try $0.decisions(of: key, before: before, limit: limit) }
    }
    let newest = try page(nil, 3)
    #expect(newest == Array(decisions.reversed().prefix(3)))
    #expect(try page(newest.last?.position, 3) == [decisions[0]])
    var both = decisions[0]
    both.skip = .notLow
    #expect(try await ground.conflict(.recordDecision(both))?.kind == "forbidden")
  }

  @Test(arguments: StoreKind.allCases)
  func `what was decided on comes back with the log, and not with the list (1)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    var decisions: [StoredDecision] = []
    for number in 1...3 {
      decisions.append(
        StoredDecision(
          position: Int64(number), account: number == 2 ? Sample.ddc(9) : key,
          at: Sample.time(number * 10), topUp: nil, skip: .disabled, explanation: "off",
          effective: nil, block: 0, policyVersion: 1, episode: 0, events: 1,
          record: number == 3
            ? nil
            : DecisionRecord(input: [1, 2, 3], outcome: Array(repeating: 7, count: 8))))
    }
    for decision in decisions { try await ground.commit(.recordDecision(decision)) }
    func log(_ account: AccountKey?, after: Int64, _ limit: Int = 9) throws -> [StoredDecision] {
      try ground.read { try $0.decisionLog(of: account, after: after, limit: limit) }
    }
    #expect(try log(nil, after: 0) == decisions)
    #expect(try log(nil, after: 0, 2) == Array(decisions.prefix(2)))
    #expect(try log(nil, after: 2) == [decisions[2]])
    #expect(try log(key, after: 0) == [decisions[0], decisions[2]])
    #expect(try log(Sample.ddc(8), after: 0) == [])
    let listed = try ground.read { try $0.decisions(of: key, before: nil, limit: 9) }
    #expect(listed.map(\.position) == [3, 1] && listed.allSatisfy { $0.record == nil })
    func asOf(_ seconds: Int) throws -> StoredDecision? {
      try ground.read { try $0.decision(of: key, asOf: Sample.time(seconds)) }
    }
    #expect(try asOf(9) == nil)
    #expect(try asOf(10) == decisions[0])
    #expect(try asOf(29) == decisions[0])
    #expect(try asOf(30) == decisions[2])
  }

  @Test(arguments: StoreKind.allCases)
  func `a breaker is open until it is cleared`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    func open() throws -> Set<String> { try ground.read { try $0.openBreakers(key) } }
    #expect(try open() == [])
    try await ground.commit(
      .openBreaker(key, fingerprint: "a", reason: "hard"),
      .openBreaker(key, fingerprint: "a", reason: "again"),
      .openBreaker(key, fingerprint: "b", reason: "hard"),
      .openBreaker(Sample.ddc(9), fingerprint: "c", reason: "hard"))
    #expect(try open() == ["a", "b"])
    try await ground.commit(.clearBreaker(key, fingerprint: "a", actor: "ops"))
    try await ground.commit(.clearBreaker(key, fingerprint: "c", actor: "ops"))
    #expect(try open() == ["b"])
    try await ground.commit(.openBreaker(key, fingerprint: "a", reason: "once more"))
    #expect(try open() == ["a", "b"])
  }

  @Test(arguments: StoreKind.allCases)
  func `corrected card data clear what waits for them, and nothing else (18)`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    func open() throws -> Set<String> { try ground.read { try $0.openBreakers(key) } }
    var card = Sample.storedCard("a", rank: 0)
    let fingerprint = card.card.fingerprint
    func opens(awaiting: Bool) -> Change {
      .openBreaker(key, fingerprint: fingerprint, reason: "r", awaitsCorrection: awaiting)
    }
    // Another payer has the same card, with the old data still.
    let others = AccountKey.credits(CreditsAccount(tenant: "t:2", user: "other"))
    var rule = Sample.policy(others, version: 1)
    rule.payer = Sample.payer("other")
    try await ground.commit(
      .putCard(card), .putPolicy(Sample.policy(key, version: 1), expected: 0),
      .putPolicy(rule, expected: 0))
    try await ground.commit(
      opens(awaiting: true), .openBreaker(key, fingerprint: "other", reason: "hard"),
      .openBreaker(others, fingerprint: fingerprint, reason: "r", awaitsCorrection: true))
    try await ground.commit(.putCard(card))
    #expect(try open() == [fingerprint, "other"], "the same data correct nothing")
    card.card.expiryYear += 1
    try await ground.commit(.putCard(card))
    #expect(try open() == ["other"])
    try await ground.commit(opens(awaiting: true))
    card.card.id = PaymentMethodID("pm_typed_anew")
    try await ground.commit(.putCard(card))
    #expect(try open() == ["other"])
    try await ground.commit(opens(awaiting: true), opens(awaiting: false))
    card.card.expiryYear += 1
    try await ground.commit(.putCard(card))
    #expect(try open() == [fingerprint, "other"], "it was refused for good as well")
    #expect(try ground.read { try $0.openBreakers(others) } == [fingerprint], "another's card")
  }

  @Test(arguments: StoreKind.allCases)
  func `attempts of a fingerprint come newest first, over all accounts (19)`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    for number in 1...3 {
      let topUp = Sample.topUp("\(number)", account: Sample.ddc(UInt8(number)))
      let charging = Sample.moved(topUp, to: .charging) {
        $0.attempts = [
          ChargeAttempt(number: 1, card: Sample.card("a"), started: Sample.time(number * 10))
        ]
      }
      try await ground.commit(
        .beginTopUp(topUp, cause: "x"), .moveTopUp(charging, cause: "x"))
    }
    func attempts(_ fingerprint: String, _ through: Int, _ limit: Int) throws -> [UnixTime] {
      try ground.read {
        try $0.attempts(fingerprint: fingerprint, through: Sample.time(through), limit: limit)
      }
    }
    let times = [30, 20, 10].map { Sample.time($0) }
    #expect(try attempts("fp_a", 99, 9) == times)
    #expect(try attempts("fp_a", 99, 2) == Array(times.prefix(2)))
    #expect(try attempts("fp_a", 20, 9) == Array(times.suffix(2)))
    #expect(try attempts("fp_b", 99, 9) == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `what was claimed before a credit is what that was for (11)`(_ kind: StoreKind) async throws
  {
    let ground = try Ground(kind)
    // Of an account that nobody claimed anything of there is nothing to answer.
    try await ground.commit(.answerClaim(key))
    try await ground.commit(.evaluate(key, due: Sample.time(1), claim: nil))
    try await ground.commit(.answerClaim(key))
    #expect(try evaluation(ground)?.claim == nil)
    let spike = Sample.claim(.critical, unbilled: 60, burn: 100)
    try await ground.commit(.evaluate(key, due: Sample.time(1), claim: spike))
    try await ground.commit(.answerClaim(key))
    var left = spike
    (left.unbilled, left.burnPerEra) = (0, 0)
    #expect(try evaluation(ground)?.claim == left)
    try await ground.commit(
      .evaluate(key, due: Sample.time(1), claim: Sample.claim(.low, unbilled: 2, burn: 1)))
    #expect(try evaluation(ground)?.claim?.unbilled == 2)
    #expect(try evaluation(ground)?.claim?.burnPerEra == 1)
  }

  @Test(arguments: StoreKind.allCases)
  func `all that a payer pays for is looked at, and a new consent moves it (47, 51)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let keys = (0..<1_200).map { AccountKey.credits(CreditsAccount(tenant: "t", user: "\($0)")) }
    let others = AccountKey.credits(CreditsAccount(tenant: "t", user: "other"))
    var rule = Sample.policy(others, version: 1)
    rule.payer = Sample.payer("other")
    for key in keys {
      try await ground.commit(
        .putPolicy(Sample.policy(key, version: 1), expected: 0),
        .evaluate(key, due: nil, claim: nil))
    }
    try await ground.commit(.putPolicy(rule, expected: 0), .evaluate(others, due: nil, claim: nil))
    try await ground.commit(.evaluatePaid(by: Sample.payer()), now: Sample.time(7))
    for key in keys {
      #expect(try ground.read { try $0.account(key) }.evaluation?.due == Sample.time(7))
    }
    #expect(try ground.read { try $0.account(others) }.evaluation?.due == nil)
    func versions() throws -> [Int64] {
      try [keys[0], keys[1_199], others].map { key in
        try ground.read { try $0.account(key) }.state.version
      }
    }
    let before = try versions()
    try await ground.commit(
      .putConsent(
        Sample.payer(),
        Consent(
          textVersion: "2", agreed: Sample.time(8), maxPerCharge: nil, maxPerMonth: nil,
          actor: "console")))
    #expect(try versions() == [before[0] + 1, before[1] + 1, before[2]])
  }

  @Test(arguments: StoreKind.allCases)
  func `an attempt that never reached a bank counts towards no ceiling (17, 19)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let made: [(ChargeAttempt.Phase, PaymentIntentID?)] = [
      (.dead, nil), (.dead, PaymentIntentID("pi_2")), (.creating, nil),
    ]
    for (number, (phase, intent)) in made.enumerated() {
      let topUp = Sample.topUp("\(number + 1)", account: Sample.ddc(UInt8(number + 1)))
      let charging = Sample.moved(topUp, to: .charging) {
        $0.attempts = [
          ChargeAttempt(
            number: 1, card: Sample.card("a"), phase: phase, intent: intent,
            started: Sample.time(number + 1))
        ]
      }
      try await ground.commit(
        .beginTopUp(topUp, cause: "x"), .moveTopUp(charging, cause: "x"))
    }
    let counted = try ground.read {
      try $0.attempts(fingerprint: "fp_a", through: Sample.time(99), limit: 9)
    }
    #expect(counted == [Sample.time(3), Sample.time(2)])
  }
}
