import ProtobufRuntime
import RPCCore
import TopUpAPI

/// What tenants do with their users' credits: buy, use, give back, hand on, each call now and then
/// twice under its key; and set rules that buy them.
///
/// `@unchecked Sendable`: on the simulation's loop only.
final class CreditDeeds: @unchecked Sendable {
  private let callers: [Caller]
  private let dice: Dice
  private let auditor: Auditor
  private var lastKey = 0
  /// Deductions that were sent, with whose they were.
  private var deductions: [(key: String, account: CreditsAccount)] = []
  private var ruleVersions: [String: Int64] = [:]
  private static let users = ["c0", "c1"]
  var note: (String) -> Void = { _ in }

  init(_ callers: [Caller], _ dice: Dice, _ auditor: Auditor) {
    self.callers = callers
    self.dice = dice
    self.auditor = auditor
  }

  private func key(_ what: String) -> String {
    lastKey += 1
    return "credits-\(what)-\(lastKey)"
  }

  /// The first payer of the first tenant has a card; its tenant's users are two.
  private var user: CreditsAccount {
    CreditsAccount(tenant: Deeds.tenants[0], user: dice.pick(Self.users))
  }

  func act() {
    switch dice.number(0...9) {
    case 0..<2: buy()
    case 2..<6: use()
    case 6..<7: giveBack()
    case 7..<8: setRule(of: user)
    default: handOn()
    }
  }

  private func buy() {
    var request = CreateTopUpRequest(
      account: Account(kind: .credits(user)), payer: payer,
      amount: TopUpAPI.Money(minorUnits: Int64(dice.pick([300, 500, 900])), currency: "USD"),
      idempotencyKey: key("buy"), onSession: true)
    if dice.chance(percent: 40) {
      request.amount = nil
      request.tier = dice.pick(["small", "large"])
    }
    let asked = request
    let caller = dice.pick(callers)
    caller.call { () throws(RPCError) in
      try await caller.topUps.createTopUp(asked, options: Caller.patience)
    } _: { [self] result in
      if case .success(let answer) = result { note("credits bought by \(answer.topUp?.id ?? "")") }
    }
  }

  private var payer: TopUpAPI.Payer { TopUpAPI.Payer(tenant: Deeds.tenants[0], user: "u0") }

  // MARK: Rules

  func setRules() {
    for user in Self.users { setRule(of: CreditsAccount(tenant: Deeds.tenants[0], user: user)) }
  }

  private func setRule(of user: CreditsAccount) {
    var policy = TopUpAPI.Policy()
    policy.account = Account(kind: .credits(user))
    policy.payer = payer
    policy.enabled = dice.chance(percent: 90)
    policy.threshold = dice.pick(["0", "200", "400"])
    policy.amount = dice.pick([
      .fixed(TopUpAPI.Money(minorUnits: 500, currency: "USD")), .refillTo("1300"),
      .tier("small"), .tier("large"),
    ])
    policy.currency = "USD"
    policy.minPerTopUp = TopUpAPI.Money(minorUnits: 50, currency: "USD")
    policy.maxPerTopUp = TopUpAPI.Money(minorUnits: 5_000, currency: "USD")
    policy.cooldown = ProtobufDuration(seconds: Int64(dice.pick([0, 600, 3_600])), nanos: 0)
    let request = SetPolicyRequest(
      policy: policy, idempotencyKey: key("rule"), expectedVersion: ruleVersions[user.user] ?? 0,
      actor: ActorMessage(name: "user", reason: "rule"))
    let (caller, account) = (dice.pick(callers), policy.account)
    caller.call { () throws(RPCError) in
      try await caller.topUps.setPolicy(request, options: Caller.patience)
    } _: { [self] result in
      note("rule of \(user.user): \(Deeds.word(result))")
      if case .success(let answer) = result, let version = answer.policy?.version {
        ruleVersions[user.user] = version
        return
      }
      // Whether it was set is not known; the version tells.
      let asked = GetPolicyRequest(account: account)
      caller.call { () throws(RPCError) in
        try await caller.topUps.getPolicy(asked, options: Caller.patience)
      } _: { [self] result in
        if case .success(let answer) = result, let version = answer.policy?.version {
          ruleVersions[user.user] = version
        }
      }
    }
  }

  // MARK: Use

  private func use() {
    let account = user
    let request = DeductCreditsRequest(
      account: account, amount: "\(dice.number(1...600))", idempotencyKey: key("use"))
    deductions.append((request.idempotencyKey, account))
    send(request.idempotencyKey) { caller throws(RPCError) in
      try await caller.balances.deductCredits(request, options: Caller.patience).entry
    }
  }

  private func giveBack() {
    guard !deductions.isEmpty else { return use() }
    let deduction = dice.pick(deductions)
    let request = ReturnCreditsRequest(
      account: deduction.account, deductionKey: deduction.key,
      amount: "\(dice.number(1...300))", idempotencyKey: key("back"))
    send(request.idempotencyKey) { caller throws(RPCError) in
      try await caller.balances.returnCredits(request, options: Caller.patience).entry
    }
  }

  private func handOn() {
    let from = user
    let to = CreditsAccount(tenant: from.tenant, user: from.user == "c0" ? "c1" : "c0")
    let request = TransferCreditsRequest(
      from: from, to: to, amount: "\(dice.number(1...400))", idempotencyKey: key("move"))
    send(request.idempotencyKey) { caller throws(RPCError) in
      try await caller.balances.transferCredits(request, options: Caller.patience).entry
    }
  }

  private func send(
    _ key: String, _ call: @escaping @Sendable (Caller) async throws(RPCError) -> LedgerEntry?
  ) {
    for _ in 0..<dice.number(1...2) {
      let caller = dice.pick(callers)
      caller.call { () throws(RPCError) in
        try await call(caller)
      } _: { [self] result in
        switch result {
        case .success(let entry):
          note("\(key) is entry \(entry?.position ?? 0)")
          auditor.creditsWereMoved(key, entry?.position ?? 0)
        case .failure(let error): note("\(key): \(error.code)")
        }
      }
    }
  }
}
