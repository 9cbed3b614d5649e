internal import TopUpCore

/// Goes through the lists of the processor and the ramp, and through the store beside them, and
/// notes which top-ups do not look the same. Asks and reads only, a page at a time, and never asks
/// inside a store transaction (invariant 31).
///
/// What it notes is a suspicion: lists are minutes old when their end is reached. ``BookReader``
/// reads each suspect anew.
struct OutsideSurvey {
  /// Pages of one list in a pass: 200,000 elements.
  static let pagesMax = 2_000
  /// Top-ups that are read at a time; the loop serves others in between.
  static let readAtOnce = 25
  /// Slack for two clocks that differ, and for intents that were made a moment before a window.
  static let slack = Duration.seconds(600)

  /// What a list showed of a suspect, to be asked for again.
  struct Hint {
    var intents: Set<PaymentIntentID> = []
    var orders: Set<ClientOrderID> = []
  }

  private let store: any Store
  private let outside: Outside
  private let now: UnixTime
  private let isWanted: () -> Bool
  private var storeID = ""
  private(set) var hints: [TopUpID: Hint] = [:]
  /// In the order in which they were noted.
  private(set) var suspects: [TopUpID] = []
  private(set) var compared = 0
  /// Of which the store has nothing, and for which the processor was paid once.
  private(set) var lost: Set<TopUpID> = []
  /// Behind the ramp's last order.
  private(set) var cursor: String?
  private var seenIntents: Set<PaymentIntentID> = []
  private var seenOrders: Set<ClientOrderID> = []

  init(store: any Store, outside: Outside, now: UnixTime, isWanted: @escaping () -> Bool) {
    self.store = store
    self.outside = outside
    self.now = now
    self.isWanted = isWanted
  }

  /// - Parameters:
  ///   - since: of payments and top-ups; nil for all.
  ///   - cursor: in the ramp's list, from before then; nil for its beginning.
  mutating func run(
    since: UnixTime?, cursor: String?
  ) async throws(ReconciliationError) {
    storeID = try read { snapshot throws(StoreError) in try snapshot.settings().storeID }
    let from = since?.advanced(by: .zero - Self.slack) ?? UnixTime(seconds: 0)
    try await payments(since: from)
    try await reversals(since: from)
    try await orders(after: cursor)
    try await topUps(since: since)
  }

  // MARK: The processor

  private mutating func payments(since: UnixTime) async throws(ReconciliationError) {
    var after: String?
    for _ in 0..<Self.pagesMax {
      let page = try answer(
        "processor", await outside.processor.intents(since: since, after: after))
      try await compare(page.elements)
      guard let next = page.next else { return }
      after = next
    }
    throw .tooMany(name: "payments")
  }

  private mutating func compare(_ intents: [IntentSnapshot]) async throws(ReconciliationError) {
    var rest = intents.filter { $0.topUp != nil }[...]
    while !rest.isEmpty {
      let part = rest.prefix(Self.readAtOnce)
      rest = rest.dropFirst(Self.readAtOnce)
      let topUps = try read { snapshot throws(StoreError) in
        var found: [TopUp?] = []
        for intent in part {
          let owner = try snapshot.intentOwner(intent.id) ?? intent.topUp
          if let owner { found.append(try snapshot.topUp(owner)) } else { found.append(nil) }
        }
        return found
      }
      for (intent, topUp) in zip(part, topUps) { compare(intent, topUp) }
      await Task.yield()
    }
  }

  private mutating func compare(_ intent: IntentSnapshot, _ topUp: TopUp?) {
    seenIntents.insert(intent.id)
    // What names another store is none of ours, and neither is what names none and is not known.
    let isOurs = topUp?.attempts.contains { $0.intent == intent.id } ?? false
    guard let id = topUp?.id ?? intent.topUp,
      isOurs || intent.store == storeID || (topUp != nil && intent.store == nil)
    else { return }
    compared += 1
    if topUp == nil, intent.status == .succeeded { lost.insert(id) }
    var books = ThreeBooks(id, topUp: topUp)
    books.intents = [intent]
    if !books.differences(at: now).isEmpty {
      suspect(id) { $0.intents.insert(intent.id) }
    }
  }

  /// Payments from before the window of which something was taken back within it.
  private mutating func reversals(since: UnixTime) async throws(ReconciliationError) {
    for kind in Reversal.Kind.allCases {
      var after: String?
      for index in 0... {
        guard index < Self.pagesMax else { throw .tooMany(name: "reversals") }
        let page = try answer(
          "processor",
          await outside.processor.reversedIntents(by: kind, since: since, after: after))
        let owners = try read { snapshot throws(StoreError) in
          var owners: [TopUpID] = []
          for intent in page.elements where !seenIntents.contains(intent) {
            if let owner = try snapshot.intentOwner(intent) { owners.append(owner) }
          }
          return owners
        }
        for owner in owners { suspect(owner) { _ in } }
        guard let next = page.next else { break }
        after = next
      }
    }
  }

  // MARK: The ramp

  private mutating func orders(after begin: String?) async throws(ReconciliationError) {
    cursor = begin
    for _ in 0..<Self.pagesMax {
      let page = try answer("ramp", await outside.ramp.orders(after: cursor, limit: 100))
      cursor = page.cursor ?? cursor
      var rest = page.orders[...]
      while !rest.isEmpty {
        let part = rest.prefix(Self.readAtOnce)
        rest = rest.dropFirst(Self.readAtOnce)
        let topUps = try read { snapshot throws(StoreError) in
          var found: [TopUp?] = []
          for order in part {
            if let id = order.id.parts?.topUp {
              found.append(try snapshot.topUp(id))
            } else {
              found.append(nil)
            }
          }
          return found
        }
        for (order, topUp) in zip(part, topUps) { compare(order, topUp) }
        await Task.yield()
      }
      // Somebody else's that cannot be read are left out of a page, and fill it all the same.
      if page.orders.count + page.skipped < 100 { return }
    }
    throw .tooMany(name: "orders")
  }

  private mutating func compare(_ order: RampOrder, _ topUp: TopUp?) {
    guard let id = order.id.parts?.topUp else { return }
    seenOrders.insert(order.id)
    var books = ThreeBooks(id, topUp: topUp)
    books.orders = [order]
    guard !books.differences(at: now).isEmpty else { return }
    suspect(id) { $0.orders.insert(order.id) }
  }

  // MARK: The ledger

  /// The other direction: what the lists did not show of what this store counts.
  private mutating func topUps(since: UnixTime?) async throws(ReconciliationError) {
    var last: TopUpID?
    while true {
      let query = TopUpQuery(before: last, limit: Self.readAtOnce)
      let page = try read { snapshot throws(StoreError) in try snapshot.topUps(query) }
      for topUp in page where topUp.created >= since ?? topUp.created { compare(topUp) }
      guard let final = page.last, page.count == Self.readAtOnce,
        final.created >= since ?? final.created
      else { return }
      last = final.id
      guard isWanted() else { throw .givenUp }
      await Task.yield()
    }
  }

  private mutating func compare(_ topUp: TopUp) {
    let isPaymentMissing = topUp.attempts.contains { attempt in
      attempt.phase == .succeeded && attempt.intent.map { !seenIntents.contains($0) } ?? true
    }
    let isOrderMissing = topUp.orders.contains { order in
      order.isAtRamp && !seenOrders.contains(topUp.orderID(order.number))
    }
    let books = ThreeBooks(topUp.id, topUp: topUp)
    if isPaymentMissing || isOrderMissing || !books.differences(at: now).isEmpty {
      suspect(topUp.id) { _ in }
    }
  }

  // MARK: What all share

  private mutating func suspect(_ id: TopUpID, _ note: (inout Hint) -> Void) {
    if hints[id] == nil { suspects.append(id) }
    note(&hints[id, default: Hint()])
  }

  private func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(ReconciliationError) -> Value {
    do throws(StoreError) { return try store.read(body) } catch { throw .store(error) }
  }

  private func answer<Value>(
    _ name: String, _ result: OutsideResult<Value>
  ) throws(ReconciliationError) -> Value {
    guard isWanted() else { throw .givenUp }
    return try result.answer(of: name)
  }
}

extension OutsideResult {
  /// - Throws: ``ReconciliationError/unanswered(name:detail:)`` for everything but an answer.
  func answer(of name: String) throws(ReconciliationError) -> Value {
    switch self {
    case .answered(let value): return value
    case .refused(let refusal):
      throw .unanswered(name: name, detail: "\(refusal.code): \(refusal.message)")
    case .unknown(let reason), .notSent(let reason):
      throw .unanswered(name: name, detail: reason)
    }
  }
}

extension DepositOrder {
  /// Whether the ramp has said that it has it.
  var isAtRamp: Bool {
    switch phase {
    case .open, .finalizing, .completed: true
    case .planned, .sending, .cancelling, .dead: seen != nil
    }
  }
}
