import ProtobufRuntime
import RPCCore
import SimulatedWorld
import TopUpAPI
import TopUpCore

/// What people, nodes and operators do to one simulated service.
///
/// `@unchecked Sendable`: on the simulation's loop only.
final class Deeds: @unchecked Sendable {
  static let clusters = [
    "0x0059f5ada35eee46802d80750d5ca4a490640511", "0x0059f5ada35eee46802d80750d5ca4a490640512",
  ]
  static let cards = [
    "pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_mastercard",
    "pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_card_pendingRefund",
    "pm_card_refundFail", "pm_card_threeDSecureRequiredChargeDeclined", "pm_card_amex",
    "pm_card_riskLevelElevated", "pm_card_createIssuerFraudRecord",
  ]

  /// Whose charges are declined, for a while or for good.
  static let refusedCards = [
    "pm_card_chargeCustomerFail", "pm_card_radarBlock", "pm_card_riskLevelHighest",
  ]
  /// Whose holders are asked, and some of whose charges are declined all the same.
  static let askingCards = [
    "pm_card_authenticationRequired", "pm_card_threeDSecureRequiredChargeDeclined",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
    "pm_card_threeDSecureRequiredProcessingError", "pm_card_chargeCustomerFail",
  ]

  static let tenants = ["acme", "beta"]

  struct Owner {
    let number: Int
    let payer: TopUpAPI.Payer
    let cluster: String
    let currency: String
    /// The same owner may have an account in each cluster.
    let bytes: [UInt8]
    var hex: String { Hex.prefixedText(bytes) }

    var account: Account {
      Account(kind: .ddc(TopUpAPI.DDCAccount(clusterID: cluster, owner: hex)))
    }

    func money(_ minorUnits: Int64) -> TopUpAPI.Money {
      TopUpAPI.Money(minorUnits: minorUnits, currency: currency)
    }
  }

  private let callers: [Caller]
  let wire: OutsideWire
  let dice: Dice
  let auditor: Auditor
  let profile: Profile
  let owners: [Owner]
  /// Keys that were used, to be used again, with what they were used for.
  private var used: [CreateTopUpRequest] = []
  private var known: [String] = []
  private var currencies: [String: String] = [:]
  var sequence: [String: UInt64] = [:]
  private var policyVersions: [Int: Int64] = [:]
  private var lastKey = 0
  private let credits: CreditDeeds
  private let persons: PersonDeeds
  /// The one that streams.
  let node: NodeDeeds
  let inbox: InboxDeeds
  let notices: NoticeDeeds
  private var cardsAdded = 0
  /// How often an operator has acted on each that waits for a person, since the calm.
  var reviewTurns: [TopUpID: Int] = [:]
  /// What was last set; the end of a run sets it right.
  private(set) var isStopped = false
  var note: (String) -> Void = { _ in } {
    didSet {
      credits.note = note
      persons.note = note
      node.note = note
      inbox.note = note
    }
  }

  init(
    _ callers: [Caller], _ wire: OutsideWire, _ dice: Dice, _ auditor: Auditor, _ profile: Profile
  ) {
    self.callers = callers
    self.wire = wire
    self.dice = dice
    self.auditor = auditor
    self.profile = profile
    credits = CreditDeeds(callers, dice, auditor)
    persons = PersonDeeds(callers, wire, dice, auditor)
    node = NodeDeeds("node-3", callers, dice, auditor)
    inbox = InboxDeeds(callers, dice)
    notices = NoticeDeeds(
      callers, dice, auditor,
      outlivesNotices: profile.absence.map { $0 > NoticeLimits.retention } ?? false)
    owners = (0..<profile.accounts).map { number in
      let payer = number % profile.payers
      return Owner(
        number: number,
        payer: TopUpAPI.Payer(tenant: Self.tenants[payer % profile.tenants], user: "u\(payer)"),
        cluster: Self.clusters[number % profile.clusters],
        currency: profile.currencies[number % profile.currencies.count],
        bytes: Array(repeating: 0, count: 31) + [UInt8(number / profile.clusters + 1)])
    }
  }

  /// The owners', as the core names them.
  var accounts: [AccountKey] { owners.compactMap { account(of: $0) } }

  func account(of owner: Owner) -> AccountKey? {
    guard let cluster = ClusterID(hex: owner.cluster), let bytes = AccountID32(owner.bytes)
    else { return nil }
    return .ddc(TopUpCore.DDCAccount(cluster: cluster, owner: bytes))
  }

  var caller: Caller { dice.pick(callers) }
  var now: UnixTime { wire.now }
  var world: World { wire.world }
  var owner: Owner { dice.pick(owners) }

  func key(_ what: String) -> String {
    lastKey += 1
    return "\(what)-\(lastKey)"
  }

  // MARK: Before the trouble

  /// Every payer has a card and has agreed, every account a balance and a rule.
  func settleIn() {
    var payers: [TopUpAPI.Payer] = []
    for owner in owners where !payers.contains(owner.payer) { payers.append(owner.payer) }
    for payer in payers { addCard(of: payer, first: true) }
    for owner in owners { setBalance(of: owner, cere: 100) }
  }

  func setRules() {
    for owner in owners { setPolicy(of: owner) }
    if profile.usesCredits { credits.setRules() }
  }

  // MARK: One deed

  func act() {
    // A drill is over soon.
    if isStopped, dice.chance(percent: 15) { return kill() }
    switch dice.number(0...99) {
    case 0..<24 where profile.isDesk: dice.chance(percent: 75) ? mindParked() : reverse()
    case 0..<4 where profile.reverses: reverse()
    case 4 where profile.reverses: mindAccount()
    case 5..<9 where profile.setsCaps: setCaps()
    case 9..<12 where profile.minds: mindRamp()
    case 12..<16 where profile.holds: mindHolds()
    case 16..<18 where profile.mindsParked: mindParked()
    case 16..<26 where profile.usesCredits: credits.act()
    case 0..<30: burn()
    case 30..<42: report(owner, copies: dice.number(1...4))
    case 42..<54: create()
    case 54..<60: repeatCreate()
    case 60..<63: cancel()
    case 63..<65: refund()
    case 65..<69: setPolicy(of: owner)
    case 69..<70: kill()
    case 70..<71: inbox.replayDeadLetters()
    case 71..<74: addCard(of: owner.payer, first: false)
    case 74: removeCard()
    case 75: dice.chance(percent: 50) ? withdraw() : agree()
    case 76: dice.chance(percent: 60) ? agree() : letCardGo()
    case 77..<80: persons.authenticate()
    case 80..<83: persons.followLink()
    case 83..<86: look()
    case 86..<90 where profile.forks: shakeChain()
    case 90..<93: shakeRamp()
    case 93..<96 where profile.forgetsKeys: wire.control("stripe/forget_keys", "{}")
    case 97..<100 where profile.sharesCustomers: shareCustomer()
    case 96..<99: notices.read()
    default: burn()
    }
  }

  // MARK: Users

  func create() {
    let owner = owner
    let amount = owner.money(Int64(dice.pick([500, 700, 1_000, 2_500])))
    let request = CreateTopUpRequest(
      account: owner.account, payer: owner.payer, amount: amount, idempotencyKey: key("create"),
      onSession: dice.chance(percent: 50))
    used.append(request)
    send(request)
  }

  /// The same request under the same key; or another one, which is refused.
  private func repeatCreate() {
    guard !used.isEmpty else { return create() }
    var request = dice.pick(used)
    if dice.chance(percent: 20) {
      request.amount?.minorUnits = 999
      let caller = caller
      let other = request
      auditor.keyIsSent(other.idempotencyKey)
      return caller.call { () throws(RPCError) in
        try await caller.topUps.createTopUp(other, options: Caller.patience)
      } _: { [self] result in
        switch result {
        case .success(let answer):
          // It may be the first to arrive under its key; then it is the request.
          guard let topUp = answer.topUp else { return }
          auditor.keyWasAnswered(other.idempotencyKey, TopUpID(topUp.id))
          holdAmount(topUp, to: other)
        case .failure(let error): auditor.keyWasRefused(other.idempotencyKey, error.code)
        }
      }
    }
    send(request)
  }

  private func send(_ request: CreateTopUpRequest) {
    let caller = caller
    auditor.keyIsSent(request.idempotencyKey)
    caller.call { () throws(RPCError) in
      try await caller.topUps.createTopUp(request, options: Caller.patience)
    } _: { [self] result in
      switch result {
      case .success(let answer):
        guard let id = answer.topUp?.id else {
          return auditor.violate("44", "an answer without id")
        }
        note("created \(id)")
        auditor.keyWasAnswered(request.idempotencyKey, TopUpID(id))
        answer.topUp.map { holdAmount($0, to: request) }
        known.append(id)
        currencies[id] = request.amount?.currency
        if !answer.clientSecret.isEmpty {
          persons.wasHanded(answer.clientSecret, of: TopUpID(id))
        }
      case .failure(let error):
        note("not created: \(error.code)")
        auditor.keyWasRefused(request.idempotencyKey, error.code)
      }
    }
  }

  /// A key that made another request is refused, not answered with that one's top-up (invariant 43).
  private func holdAmount(_ topUp: TopUpRecord, to request: CreateTopUpRequest) {
    if topUp.amount != request.amount {
      auditor.violate(
        "43", "\(request.idempotencyKey) asked for \(request.amount as Any), and is \(topUp.id)")
    }
  }

  private func cancel() {
    // One's own, or one that a rule has begun.
    let ids = dice.chance(percent: 30) ? auditor.order.map(\.rawValue) : known
    guard !ids.isEmpty else { return }
    let id = dice.pick(ids)
    let request = CancelTopUpRequest(
      id: id, idempotencyKey: key("cancel"), actor: ActorMessage(name: "user", reason: "changed"))
    let caller = caller
    caller.call { () throws(RPCError) in
      try await caller.topUps.cancelTopUp(request, options: Caller.patience)
    } _: { [self] result in
      note("cancel \(id): \(Self.word(result))")
    }
  }

  /// A tenant wants a charge back, at once or when it is too late; the same call may come twice.
  private func refund() {
    guard let id = known.isEmpty ? nil : dice.chance(percent: 70) ? known.last : dice.pick(known)
    else { return }
    let amount: TopUpAPI.Money? =
      dice.chance(percent: 20)
      ? TopUpAPI.Money(
        minorUnits: Int64(dice.pick([1, 500, 700, 1_000])), currency: currencies[id] ?? "USD") : nil
    let request = RefundTopUpRequest(
      id: id, amount: amount, idempotencyKey: key("refund"),
      actor: ActorMessage(name: "console", reason: "not wanted any more"))
    auditor.refundIsWished(TopUpID(id))
    for _ in 0..<dice.number(1...2) {
      let caller = caller
      caller.call { () throws(RPCError) in
        try await caller.topUps.refundTopUp(request, options: Caller.patience)
      } _: { [self] result in
        note("refund of \(id): \(Self.word(result))")
      }
    }
  }

  private func look() {
    let caller = caller
    let owner = owner
    let asked = GetBalanceRequest(account: owner.account, refresh: dice.chance(percent: 30))
    caller.call { () throws(RPCError) in
      try await caller.balances.getBalance(asked, options: Caller.patience)
    }
    guard let id = known.last else { return }
    caller.call { () throws(RPCError) in
      try await caller.topUps.getTopUp(GetTopUpRequest(by: .id(id)), options: Caller.patience)
    } _: { [self] result in
      if case .failure(let error) = result, error.code == .notFound, !auditor.isRestored {
        auditor.violate("44", "\(id) was answered and is not found")
      }
    }
  }

  // MARK: Rules and cards

  private func setPolicy(of owner: Owner) {
    var policy = TopUpAPI.Policy()
    policy.account = owner.account
    policy.payer = owner.payer
    policy.enabled = dice.chance(percent: 90)
    policy.threshold = String(Planck.cere.units * 10)
    policy.amount =
      dice.chance(percent: 60)
      ? .fixed(owner.money(Int64(dice.pick([500, 800, 1_500]))))
      : .refillTo(String(Planck.cere.units * 5_000))
    policy.currency = owner.currency
    policy.minPerTopUp = owner.money(50)
    policy.maxPerTopUp = owner.money(5_000)
    policy.timeZone = dice.pick(profile.zones)
    if let most = profile.dayCap {
      policy.day = Cap(
        count: profile.dayCount, amount: owner.money(most))
    }
    if let most = profile.monthCap {
      policy.month = Cap(amount: owner.money(most))
    }
    policy.slippageBasisPoints = dice.chance(percent: 30) ? 5_000 : nil
    policy.remainder = dice.pick([.unspecified, .reorder, .refund])
    policy.debtRule = dice.pick([.unspecified, .block, .forgive, .net, .net])
    if profile.schedules { drawTriggers(&policy, of: owner) }
    if profile.holds {
      policy.newCardHold = ProtobufDuration(
        seconds: profile.newCardHold.components.seconds, nanos: 0)
      policy.riskHold = dice.pick([.unspecified, .elevated, .highest, .never])
      policy.riskHoldSpan = profile.riskSpan.map {
        ProtobufDuration(seconds: $0.components.seconds, nanos: 0)
      }
    }
    let number = owner.number
    let request = SetPolicyRequest(
      policy: policy, idempotencyKey: key("policy"),
      expectedVersion: policyVersions[number] ?? 0,
      actor: ActorMessage(name: "user", reason: "rule"))
    let caller = caller
    caller.call { () throws(RPCError) in
      try await caller.topUps.setPolicy(request, options: Caller.patience)
    } _: { [self] result in
      note("policy \(number): \(Self.word(result))")
      if case .success(let answer) = result, let version = answer.policy?.version {
        policyVersions[number] = version
        return
      }
      // Whether it was set is not known; the version tells.
      caller.call { () throws(RPCError) in
        try await caller.topUps.getPolicy(
          GetPolicyRequest(account: owner.account), options: Caller.patience)
      } _: { [self] result in
        if case .success(let answer) = result, let version = answer.policy?.version {
          policyVersions[number] = version
        }
      }
    }
  }

  /// To everything, so that runs have something to charge for.
  private var agreement: TopUpAPI.Consent {
    TopUpAPI.Consent(
      textVersion: "1", actor: ActorMessage(name: "user", reason: "agreed"))
  }

  private func addCard(of payer: TopUpAPI.Payer, first: Bool) {
    cardsAdded += 1
    let card =
      first
      ? profile.givesBack ? "pm_card_refundFail" : profile.firstCard : dice.pick(profile.cards)
    let consent = first ? agreement : consent("1")
    let request = AddPaymentMethodRequest(
      payer: payer, paymentMethodID: card, idempotencyKey: key("card"),
      makeDefault: first || dice.chance(percent: 50), consent: consent)
    let caller = caller
    caller.call { () throws(RPCError) in
      try await caller.methods.addPaymentMethod(request, options: Caller.patience)
    } _: { [self] result in
      note("card \(card): \(Self.word(result))")
    }
  }

  // MARK: Operators and accidents

  private func kill() {
    isStopped.toggle()
    setKillSwitch(isStopped)
  }

  private func setKillSwitch(_ engaged: Bool) {
    let caller = caller
    let request = SetKillSwitchRequest(
      engaged: engaged, actor: ActorMessage(name: "operator", reason: "drill"))
    caller.call { () throws(RPCError) in
      try await caller.admin.setKillSwitch(request, options: Caller.patience)
    } _: { [self] result in
      note("kill switch \(engaged): \(Self.word(result))")
    }
  }

  private func shakeChain() {
    switch dice.number(0...2) {
    case 0: wire.control("chain", #"{"fork":\#(dice.number(1...3))}"#)
    case 1: wire.control("chain", #"{"stall_finality":true}"#)
    default: wire.control("chain", #"{"stall_finality":false}"#)
    }
  }

  private func shakeRamp() {
    let healthy = dice.chance(percent: 70)
    let treasury = Planck.cere.units * Int128(dice.pick(profile.treasuries))
    wire.control("ramp", #"{"healthy":\#(healthy),"treasury_planck":"\#(treasury)"}"#)
  }

  // MARK: After the trouble

  /// Sets right what was set wrong, so that everything can come to its end.
  func calmDown() {
    wire.setFaults(FaultPlan())
    wire.control("chain", #"{"stall_finality":false}"#)
    let treasury = Planck.cere.units * 100_000_000
    wire.control("ramp", #"{"healthy":true,"treasury_planck":"\#(treasury)"}"#)
    for order in wire.world.heldOrders { wire.control("ramp", #"{"release":"\#(order)"}"#) }
    setKillSwitch(false)
    mindRamp()
  }

  /// How many events its node could not tell.
  var leftToStream: Int { node.left }

  /// Its node tells what is left.
  func stream() { node.stream() }

  /// No account is low any more.
  func fill() {
    for owner in owners { setBalance(of: owner, cere: 20_000) }
  }

  static func word<Answer>(_ result: Result<Answer, RPCError>) -> String {
    switch result {
    case .success: "done"
    case .failure(let error): "\(error.code)"
    }
  }
}
