import RPCCore
import SimulatedWorld
import TopUpCore

/// Holds what the daemons commit against what they had committed before, and against what happened
/// outside: the truth that they do not see.
///
/// `@unchecked Sendable`: on the simulation's loop only.
final class Auditor: @unchecked Sendable {
  /// As last committed by anybody.
  private(set) var topUps: [TopUpID: TopUp] = [:]
  /// In the order in which they were decided.
  private(set) var order: [TopUpID] = []
  /// When each was seen to be begun, by the world's clock.
  private(set) var begunAt: [TopUpID: UnixTime] = [:]
  private(set) var violations: [Violation] = []
  private(set) var commits = 0
  var coverage = Coverage()
  /// Whether an older copy of the store stands in its place: what it has forgotten it may not do
  /// again (invariant 50).
  private(set) var isRestored = false
  /// Whether the processor of this run forgets its keys early.
  var forgetsKeys = false
  /// Webhooks that were answered 2xx: they must be in the inbox.
  private var accepted: Set<String> = []
  /// What a caller's key stands for, once it was told.
  private var answers: [String: TopUpID] = [:]
  /// Those that came to wait for a person, before and after, and were not looked at yet.
  var parked: [(before: TopUp, after: TopUp)] = []
  /// Those that came to be held before their deposit, and were not looked at yet.
  var held: [TopUp] = []
  private var released: Set<TopUpID> = []
  /// Tokens of links that were used.
  private var redeemed: Set<String> = []
  /// The idempotency key of each attempt that was sent.
  private var keys: [String: String] = [:]
  /// Of the newest opening of the store.
  private var fence: Int64 = 0
  /// Webhook events that were received, by id.
  private var received: [String: InboxEvent] = [:]
  /// The height of each account's last credit.
  private var creditHeights: [AccountKey: UInt64] = [:]
  /// Those whose hold an operator was told to be ended.
  private var letGo: Set<TopUpID> = []
  /// Those that an operator has written off.
  private var writtenOff: Set<TopUpID> = []
  /// Payments that persons gave back for what the store does not know.
  private(set) var givenBack: Set<String> = []
  /// What persons settled outside, by its id, and top-ups of which they said that they were delivered.
  private(set) var settledByHand: Set<String> = []
  private var deliveredByWord: Set<TopUpID> = []
  /// What may wait for a person in this run.
  var parking: ParkingTable?
  /// Since when the store says of itself that it is an older copy.
  private(set) var behindSince: UnixTime?
  /// Whether an older copy may lack what nobody has found yet: the mark itself may be lost with a commit.
  var mayLack = false
  private var caps = CapBook()
  private var ramp = RampBook()
  private var settings = SettingsBook()
  private var ledger = LedgerBook()
  private var debts = DebtBook()
  private(set) var charges = ChargeBook()
  private(set) var decisions = DecisionBook()
  private var breakers = BreakerBook()
  private(set) var calendar = ScheduleBook()
  var orderBook = OrderBook()
  var askBook = AskBook()
  private(set) var credits = CreditBook()
  private(set) var sales = SaleBook()
  private(set) var notices = NoticeBook()
  private var events = EventBook()
  /// Names that other stores have put on customers.
  var shared: [String: (customer: String, since: UnixTime)] = [:]
  /// By the world's clock.
  var now: () -> UnixTime = { UnixTime(milliseconds: 0) }
  /// Since when no zone can be read; nil while they can.
  var zonesLostSince: () -> UnixTime? = { nil }
  /// The chain's finalized head.
  var finalized: () -> UInt64 = { .max }
  /// What the store had of top-ups when an older copy was put in its place, and that does not have.
  private var forgotten: Set<TopUpID> = []
  /// Those that commits were to begin whose end nobody may have heard.
  private var triedToBegin: Set<TopUpID> = []
  /// How often a caller's key was sent to create a top-up, how often that was refused for good, and
  /// what it stands for in the store.
  private var keySends: [String: Int] = [:]
  private var keyRefusals: [String: Int] = [:]
  private var remembered: [String: String] = [:]

  func restored(_ world: World) {
    orderBook.restored(world)
    askBook = AskBook()
    isRestored = true
    mayLack = true
    parking?.isRestored = true
    settings = SettingsBook()
    forgotten.formUnion(triedToBegin.union(topUps.keys))
    topUps = [:]
    order = []
    accepted = []
    answers = [:]
    released = []
    received = [:]
    remembered = [:]
    credits.forget()
    sales.forget()
    notices.restored()
    events.restored()
    creditHeights = [:]
    fence = 0
    ledger.restored()
    debts.restored()
    charges.restored()
    calendar.restored()
    decisions.restored()
    breakers.restored()
  }

  /// Whether the daemons' clocks are moved in this run.
  func expectClockJumps() {
    charges.clocksJump = true
    calendar.clocksJump = true
  }

  func note(_ faults: [Violation]) {
    for fault in faults { violate(fault.rule, fault.text) }
  }

  func violate(_ rule: String, _ text: String) {
    if violations.count < 20 { violations.append(Violation(rule, text)) }
  }

  // MARK: Commits

  /// A daemon opened the store: none from before may write any more (invariant 41).
  func opened(fence: Int64) {
    if fence <= self.fence { violate("41", "fence \(fence) after \(self.fence)") }
    self.fence = max(self.fence, fence)
  }

  /// A commit is on its way; whether it arrives nobody may hear.
  func isTried(_ commit: Commit) {
    settings.isTried(commit)
    for case .beginTopUp(let topUp, _) in commit.changes { triedToBegin.insert(topUp.id) }
  }

  /// A commit that surely did not arrive.
  func isRefused(_ commit: Commit) {
    settings.isRefused(commit)
    for case .beginTopUp(let topUp, _) in commit.changes where topUps[topUp.id] == nil {
      triedToBegin.remove(topUp.id)
    }
  }

  /// Whether only a newer store, which is gone, had it (invariant 50).
  func isForgotten(_ id: TopUpID) -> Bool { forgotten.contains(id) && topUps[id] == nil }

  /// Looks an account's balance up on chain, after a block.
  func readChain(_ active: @escaping (DDCAccount, UInt64) -> Int128) { decisions.active = active }

  func committed(_ commit: Commit) {
    commits += 1
    settings.committed(commit)
    if commit.fence < fence { violate("41", "a commit under fence \(commit.fence) of \(fence)") }
    let faults = ramp.faults(of: commit, topUps, now: now())
    for fault in faults { violate("4, 6", fault) }
    let refused = breakers.faults(of: commit, topUps, now: now())
    note(refused)
    for fault in notices.faults(of: commit, topUps) { violate("45", fault) }
    for change in commit.changes {
      switch change {
      case .beginTopUp(let topUp, _): begun(topUp, commit)
      case .moveTopUp(let topUp, let cause): moved(topUp, cause)
      case .release(let id): release(id)
      case .receiveInbox(let event): received[event.id] = event
      case .recordDecision(let decision): decided(decision)
      case .rememberRequest(let request): remembered[request.key] = request.result
      case .putAccount(let account, let state): read(account, state)
      case .settleByHand(let object, _): settledByHand.insert(object)
      case .markBehind: behindSince = behindSince ?? now()
      case .clearBehind: behindSince = nil
      default: break
      }
    }
    for case .applyInbox(let id) in commit.changes { applied(id) }
    releasedAtEnds(commit)
    for fault in caps.faults(of: commit) { violate("6, 7", fault) }
    note(ledger.faults(of: commit, topUps))
    let mistakes = decisions.faults(of: commit, topUps, now: now())
    note(mistakes)
    let owed = debts.faults(of: commit, now: now())
    note(owed)
    let forbidden =
      charges.faults(of: commit, topUps, now: now()) + calendar.faults(of: commit, now: now())
    note(forbidden)
    for fault in credits.faults(of: commit) { violate("22, 27", fault) }
    let misfits = sales.faults(of: commit, topUps)
    note(misfits)
    let uncounted = events.faults(of: commit)
    note(uncounted)
  }

  /// What an event tells is kept with its mark, or before it (invariant 35).
  private func applied(_ id: String) {
    guard let event = received[id], event.type == "payment_intent.succeeded",
      let intent = event.intent,
      let topUp = topUps.values.first(where: { $0.attempts.contains { $0.intent == intent } })
    else { return }
    if topUp.books.charged == 0 {
      violate("35", "\(id) counts as applied, and \(topUp.id) is \(topUp.state)")
    }
  }

  /// Who decides again on what was kept comes to the same (invariant 1), and no reading from below
  /// the last credit funds anything (invariant 10).
  private func decided(_ decision: StoredDecision) {
    if let difference = decision.difference() {
      violate("1", "the decision on \(decision.account) at \(decision.at): \(difference)")
    }
    guard let id = decision.topUp, let height = creditHeights[decision.account],
      topUps[id]?.trigger != .schedule
    else { return }
    if decision.block < height {
      violate("10", "\(id) was decided at block \(decision.block), credited at \(height)")
    }
  }

  /// No reading is from above the chain's own finalized head, whatever anybody claims (invariant 11).
  private func read(_ account: AccountKey, _ state: AccountState) {
    guard case .ddc = account else { return }
    if let height = state.reading?.block.number, height > finalized() {
      violate("11", "\(account) was read at \(height), finalized is \(finalized())")
    }
  }

  private func begun(_ topUp: TopUp, _ commit: Commit) {
    if topUp.trigger.isAutomatic, let lost = zonesLostSince(), now().since(lost) > .seconds(10) {
      violate("9", "\(topUp.id) was begun, and no cap can be counted since \(lost)")
    }
    if topUps[topUp.id] != nil { violate("50", "\(topUp.id) was begun twice") }
    let reserves = commit.changes.contains {
      if case .reserve(topUp.id, _, let amount) = $0 {
        amount == topUp.amount.minorUnits
      } else {
        false
      }
    }
    if !reserves { violate("6", "\(topUp.id) was begun without its reservation") }
    topUps[topUp.id] = topUp
    order.append(topUp.id)
    begunAt[topUp.id] = now()
    alone(topUp)
  }

  /// Clocks are held against the processor's every ten minutes, and where it does not answer again with
  /// each look (invariant 7).
  func begins(_ topUp: TopUp, wrongFor span: Duration?) {
    guard let span, span > .seconds(7_300) else { return }
    violate("7", "\(topUp.id) was begun by a clock that has been wrong for \(span)")
  }

  /// One automatic top-up of an account at a time, besides those whose charge is long over
  /// (invariant 2).
  private func alone(_ topUp: TopUp) {
    guard topUp.trigger.isAutomatic, !topUp.state.isTerminal, !topUp.isReopened else { return }
    let other = order.first { id in
      guard id != topUp.id, let other = topUps[id] else { return false }
      return other.account == topUp.account && other.trigger.isAutomatic
        && !other.state.isTerminal && !other.isReopened
    }
    if let other { violate("2", "\(topUp.id) is in flight beside \(other)") }
  }

  private func moved(_ topUp: TopUp, _ cause: String) {
    guard let before = topUps[topUp.id] else {
      return violate("12", "\(topUp.id) moved and was never begun")
    }
    if topUp.state.isTerminal, topUp.books.held != 0 {
      violate("39", "\(topUp.id) has ended as \(topUp.state) and holds \(topUp.books.held)")
    }
    if topUp.version != before.version + 1 {
      violate("41", "\(topUp.id) went from version \(before.version) to \(topUp.version)")
    }
    if before.state.isTerminal, !before.reopens(as: topUp) {
      violate("37", "\(topUp.id) went from \(before.state) to \(topUp.state): \(cause)")
    }
    if before.books.charged > 0, topUp.books.charged < before.books.charged {
      violate("37", "\(topUp.id) lost its charge: \(cause)")
    }
    outOfTurn(before, topUp)
    if topUp.amount != before.amount { violate("47", "the amount of \(topUp.id) changed") }
    if topUp.isReopened, topUp.attempts != before.attempts {
      violate("2", "\(topUp.id) was reopened, and charges")
    }
    topUps[topUp.id] = topUp
    if topUp.state == .needsReview { parked.append((before, topUp)) }
    if topUp.state == .depositHeld, before.state != .depositHeld { held.append(topUp) }
    alone(topUp)
    if let height = topUp.creditHeight {
      creditHeights[topUp.account] = max(creditHeights[topUp.account] ?? 0, height)
    }
  }

  private func release(_ id: TopUpID) {
    if !released.insert(id).inserted { violate("8", "the reservation of \(id) was released twice") }
  }

  // MARK: Promises

  func webhookWasAccepted(_ event: String) { accepted.insert(event) }

  /// A node's event was answered as one that is looked into.
  func eventWasTaken(of account: AccountKey) {
    if let fault = events.wasTaken(account), !isRestored { note([fault]) }
  }

  /// - Parameter key: with what makes its scope.
  func keyWasAnswered(_ key: String, _ id: TopUpID) {
    if let known = answers.updateValue(id, forKey: key), known != id {
      violate("43", "key \(key) stood for \(known) and stands for \(id)")
    }
  }

  func keyIsSent(_ key: String) { keySends[key, default: 0] += 1 }

  /// - Parameter code: of the answer; only one that says that nothing was done counts.
  func keyWasRefused(_ key: String, _ code: StatusCode) {
    switch code {
    case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition,
      .resourceExhausted, .outOfRange, .unimplemented, .unauthenticated:
      keyRefusals[key, default: 0] += 1
    default: break
    }
  }

  /// A refusal means that nothing was done: a key that met nothing else made nothing (invariants 43,
  /// 44).
  func holdRefusals() {
    for (key, refusals) in keyRefusals.sorted(by: { $0.key < $1.key })
    where refusals == keySends[key] {
      if let made = remembered[key] { violate("44", "\(key) was refused, and made \(made)") }
    }
  }

  /// A card is about to be charged for it (invariants 4, 19, 47).
  func isConfirmed(_ topUp: TopUp, _ intent: PaymentIntentID, _ attempt: ChargeAttempt) {
    let faults =
      charges.confirms(intent, attempt, of: topUp, now: now()) + debts.confirms(topUp, now: now())
    note(faults)
    guard case .ddc = topUp.account, !ramp.admits(topUp.id, at: now()) else { return }
    violate("4", "\(topUp.id) is charged, and the ramp's breaker is open")
  }

  /// An order is about to leave (invariants 28, 29, 32).
  func orderIsSent(_ request: HTTPRequest, _ world: World) {
    let id = orderBook.topUp(of: request)
    let topUp = id.flatMap { topUps[$0] }
    if topUp == nil { violate("12", "an order of no top-up that a row holds") }
    note(orderBook.orders(request, topUp, world, now: now()))
  }

  /// What was posted is there at the end, as it was (invariant 25).
  func holdLedger(against snapshot: any StoreSnapshot) throws(StoreError) {
    note(try ledger.missing(from: snapshot))
    note(try debts.differences(snapshot))
    note(try events.differences(snapshot))
  }

  /// A person was given what finishes an intent: it is one that the top-up's own row holds
  /// (invariant 21).
  func secretWasHanded(_ intent: PaymentIntentID, of id: TopUpID) {
    guard let topUp = topUps[id] else {
      if !isRestored { violate("21", "a secret of \(id), which nobody began") }
      return
    }
    if !topUp.attempts.contains(where: { $0.intent == intent }) {
      violate("21", "the secret of \(intent) was told for \(id), which does not hold it")
    }
  }

  /// - Parameter key: of a call that moved credits, in whosever scope.
  func creditsWereMoved(_ key: String, _ position: Int64) {
    let id = CreditMovement.id(caller: "local", key: key)
    if let fault = credits.wasTold(id, position), !isRestored { violate("43", fault) }
  }

  func noticeWasShown(_ notice: StoredNotice.Shown, to reader: String) {
    if let fault = notices.wasShown(notice, to: reader), !isRestored { violate("45", fault) }
  }

  /// Something is sent that moves money or may: not by a store that lacks what it did. What waited
  /// for its turn when that came out may still go (invariant 50).
  func sends(_ url: String) {
    if let behindSince, now().since(behindSince) > .seconds(30) {
      violate("50", "POST \(url) by a store that is behind since \(behindSince)")
    }
  }

  func refundIsWished(_ id: TopUpID) { ramp.isWished(id) }

  /// A token is good for one use.
  func tokenWasRedeemed(_ token: String) {
    if !redeemed.insert(token).inserted, !isRestored {
      violate("21", "a token was used twice")
    }
  }

  /// - Parameter attempt: what names it.
  func attemptWasSent(_ attempt: String, key: String) {
    if let known = keys.updateValue(key, forKey: attempt), known != key {
      violate("14", "\(attempt) was sent under \(known) and \(key)")
    }
  }

  /// An operator lets a held top-up go on; the call may fail.
  func mayLetGo(_ id: TopUpID) { letGo.insert(id) }
  func wasLetGo(_ id: TopUpID) -> Bool { letGo.contains(id) }

  /// A payment that an older copy of the store does not know is given back at the processor's
  /// dashboard.
  func isGivenBackByHand(_ intent: String) { givenBack.insert(intent) }

  func mayBeDeliveredByWord(_ id: TopUpID) { deliveredByWord.insert(id) }
  func wasDeliveredByWord(_ id: TopUpID) -> Bool { deliveredByWord.contains(id) }

  /// An operator may write off what a top-up holds.
  func mayWriteOff(_ id: TopUpID) { writtenOff.insert(id) }
  func wasWrittenOff(_ id: TopUpID) -> Bool { writtenOff.contains(id) }

  /// Holds a store that was opened anew against all that was promised before.
  func recovered(_ store: any Store) throws(StoreError) {
    try store.read { snapshot throws(StoreError) in
      for id in order {
        guard let known = topUps[id] else { continue }
        guard let stored = try snapshot.topUp(id) else {
          violate("12", "\(id) was committed at version \(known.version) and is gone")
          continue
        }
        if stored.version < known.version {
          violate("12", "\(id) was at version \(known.version) and is at \(stored.version)")
        }
      }
      for event in accepted.sorted() where try snapshot.inboxEvent(event) == nil {
        violate("35", "\(event) was answered 200 and is gone")
      }
    }
    note(try store.read { snapshot throws(StoreError) in try settings.load(snapshot) })
    // A commit that nobody heard of is as good as any other.
    try load(store)
  }

  /// Takes over what is stored and was not seen to be committed.
  private func load(_ store: any Store) throws(StoreError) {
    let (all, isBehind) = try store.read { snapshot throws(StoreError) in
      (try snapshot.topUps(TopUpQuery(limit: 10_000)), try snapshot.settings().behind != nil)
    }
    behindSince = isBehind ? behindSince ?? now() : nil
    for topUp in all.reversed() {
      forgotten.remove(topUp.id)
      if topUps[topUp.id] == nil { order.append(topUp.id) }
      if begunAt[topUp.id] == nil { begunAt[topUp.id] = now() }
      topUps[topUp.id] = topUp
      if let height = topUp.creditHeight {
        creditHeights[topUp.account] = max(creditHeights[topUp.account] ?? 0, height)
      }
    }
    var (caps, ramp, ledger, charges) = (caps, ramp, ledger, charges)
    var (credits, notices, calendar, debts) = (credits, notices, calendar, debts)
    var (sales, decisions, breakers, events) = (sales, decisions, breakers, events)
    let (faults, lost, untold, missing) = try store.read { snapshot throws(StoreError) in
      try ramp.load(snapshot, now: now())
      try ledger.load(all, snapshot)
      try debts.load(all, snapshot)
      try charges.load(all, snapshot, now: now())
      try calendar.load(all, snapshot)
      try sales.load(all, snapshot)
      try decisions.load(all, snapshot, now: now())
      try breakers.load(all, snapshot, now: now())
      let known = Set(all.map(\.account)).union(decisions.policies.keys)
      return (
        try caps.load(all, snapshot), try credits.load(snapshot), try notices.load(snapshot),
        try events.load(known, snapshot)
      )
    }
    (self.caps, self.ramp, self.ledger, self.charges) = (caps, ramp, ledger, charges)
    (self.credits, self.notices, self.calendar) = (credits, notices, calendar)
    (self.debts, self.sales) = (debts, sales)
    (self.decisions, self.breakers, self.events) = (decisions, breakers, events)
    note(missing)
    for fault in untold { violate("45", fault) }
    for fault in faults { violate("7", fault) }
    for fault in lost { violate("43", fault) }
  }
}
