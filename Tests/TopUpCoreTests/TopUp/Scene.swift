import Testing
import TopUpCore

/// One top-up with a clock, moved by hand. Each step it takes is held against what every step owes:
/// the next version, balanced books and entries, and nothing to look at once it has ended.
struct Scene {
  static let start = UnixTime(seconds: 1_795_000_000)
  static let id = TopUpID("tu_1")

  private(set) var topUp: TopUp
  var now: UnixTime
  /// Everything posted so far, by ledger account.
  var ledger: [LedgerAccount: Int128] = [:]
  private(set) var releases = 0
  /// Fingerprints of the cards that paid.
  private(set) var chargedCards: [String] = []

  init(
    account: AccountKey = .ddc(Sample.dragon), trigger: Trigger = .threshold,
    cards: [CardReference] = [Sample.card(1), Sample.card(2)], fee: Int64 = 138, tax: Int64 = 0,
    quote: Quote? = Sample.quote("q0", lifetime: Timings.quoteMargin), credits: Int128? = nil,
    onSession: Bool = false, holdRule: HoldRule = .none,
    remainder: RemainderRule = .reorder, debtPart: Int64 = 0
  ) {
    topUp = TopUp(
      id: Self.id, account: account, payer: Sample.payer, trigger: trigger,
      episode: trigger.isAutomatic ? 1 : nil, amount: Sample.usd(2_500 + debtPart), fee: fee,
      tax: tax,
      quote: quote, credits: credits, onSession: onSession, policyVersion: 3,
      slippageBasisPoints: 200, cards: cards, description: "Top-up", created: Self.start,
      holdRule: holdRule, remainder: remainder, debtPart: debtPart)
    now = Self.start
  }

  // MARK: Moving it

  /// Applies an event; nil when it changes nothing.
  @discardableResult
  mutating func on(
    _ event: TopUpEvent, at location: SourceLocation = #_sourceLocation
  ) throws -> Step? {
    guard let step = try topUp.applying(event, at: now) else { return nil }
    keep(step, location)
    return step
  }

  mutating func keep(_ step: Step, _ location: SourceLocation = #_sourceLocation) {
    let before = topUp
    topUp = step.topUp
    if step.isWaiting {
      #expect(topUp.version == before.version, sourceLocation: location)
      #expect(topUp.state == before.state, sourceLocation: location)
      #expect(step.entries.isEmpty && !step.releasesReservation, sourceLocation: location)
      return
    }
    #expect(topUp.version == before.version + 1, sourceLocation: location)
    #expect(topUp.updated == now, sourceLocation: location)
    #expect(topUp.books.balance, "invariant 24", sourceLocation: location)
    #expect(!topUp.state.isTerminal || topUp.books.held == 0, "39", sourceLocation: location)
    #expect((topUp.nextCheck == nil) == topUp.state.isTerminal, sourceLocation: location)
    #expect((topUp.review != nil) == (topUp.state == .needsReview), sourceLocation: location)
    for entry in step.entries {
      #expect(Entry.isBalanced(entry.postings), "invariant 22", sourceLocation: location)
      for posting in entry.postings { ledger[posting.account, default: 0] += posting.amount }
    }
    if step.releasesReservation { releases += 1 }
    if let card = step.chargedCard { chargedCards.append(card) }
  }

  /// The process stops and starts again: what comes out of the store.
  mutating func restart() {
    let again = topUp.afterRestart()
    #expect(again.version == topUp.version, "a restart is no transition (invariant 15)")
    topUp = again
  }

  mutating func wait(_ span: Duration) { now = now.advanced(by: span) }

  // MARK: What it says

  var state: TopUpState { topUp.state }
  var phase: ChargeAttempt.Phase? { topUp.attempt?.phase }
  var order: DepositOrder.Phase? { topUp.order?.phase }
  var next: Effect? { topUp.next() }
  /// The name of the next call.
  var call: String? { topUp.next()?.name }
  var reason: String { topUp.review?.reason ?? "" }
}

// MARK: Well-trodden ways to a state

extension Scene {
  /// Charging, with the first card's intent recorded.
  static func confirming(
    trigger: Trigger = .threshold, cards: [CardReference] = [Sample.card(1), Sample.card(2)]
  ) throws -> Scene {
    var scene = Scene(trigger: trigger, cards: cards)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    #expect(scene.call == "confirm_intent")
    return scene
  }

  static func charged() throws -> Scene {
    var scene = try confirming()
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
    return scene
  }

  /// An order is about to be sent, or is being sent.
  static func sending() throws -> Scene {
    var scene = try charged()
    try scene.quoteAndReread("q1")
    #expect(scene.call == "create_order")
    return scene
  }

  /// The ramp has the order.
  static func ordered() throws -> Scene {
    var scene = try sending()
    try scene.on(.orderSeen(Sample.order(.accepted)))
    #expect(scene.call == "ask_order")
    return scene
  }

  /// The order is dead, and the refund is about to be sent.
  static func refunding() throws -> Scene {
    var scene = try sending()
    try scene.on(.refused(Sample.refusal(.invalid)))
    try scene.on(.orderSeen(Sample.order(.cancelled)))
    #expect(scene.call == "create_refund")
    return scene
  }

  /// The ramp says that it delivered, and our node that the block is final.
  @discardableResult
  mutating func deliver(
    _ order: RampOrder, at location: SourceLocation = #_sourceLocation
  ) throws -> Step? {
    try on(.orderSeen(order), at: location)
    return try on(.finalitySeen(Sample.finalized(order.evidence?.blockNumber ?? 0)), at: location)
  }

  mutating func quoteAndReread(
    _ id: String, attempt: Int = 1, amount: Money = Sample.amount
  ) throws {
    try on(.quoted(Sample.quote(id, created: now)))
    try on(.reread(Sample.succeeded(attempt: attempt, amount: amount)))
  }
}
