internal import TopUpCore

// What the processor and the ramp have to tell that nobody brought: their own lists, gone through at
// the start and every hour (invariants 36, 39). Before the first pass nothing is sent, for the lists
// may show that this store is a copy from earlier (invariant 50).

extension Engine {
  /// The processor was gone through, or could not be.
  func sweepEvents() async {
    var wait = settings.eventsRetry
    defer {
      isSweepingEvents = false
      for waiter in catchUpWaiters { waiter.resume() }
      catchUpWaiters = []
    }
    do throws(StoreError) {
      if try await catchUp() {
        wait = settings.eventsPeriod
        if !isCaughtUp {
          try await beginLooks()
          beginWaiting()
        }
        isCaughtUp = true
        pokeInbox()
        // A service that begins nothing for long has its clock looked at all the same.
        spawn { _ = await $0.clockAgreement() }
      }
    } catch { report(.storeTrouble(error)) }
    schedule.set(.events, at: clock.now.advanced(by: wait))
  }

  /// Why nothing new may be begun now; nil when it may (invariant 50).
  ///
  /// The first pass through what the processor and the ramp know is waited for: it takes a moment.
  func whyNotReady() async -> String? {
    // Asked where the waiter is put down, and not before: a caller of another loop goes through this
    // one's queue on its way there, and the pass may end meanwhile.
    await withCheckedContinuation { waiter in
      let comes = !isCaughtUp && (isSweepingEvents || !isStarted) && !isStopped
      if comes { catchUpWaiters.append(waiter) } else { waiter.resume() }
    }
    return behind.map { "an older copy of the store is in its place: \($0)" }
      ?? (isCaughtUp ? nil : "what happened while the service was down is still asked for")
  }

  /// - Returns: whether both lists were gone through to their ends.
  func catchUp() async throws(StoreError) -> Bool {
    try await keepBehind()
    let marks = try store.read { snapshot throws(StoreError) in try snapshot.outsideMarks() }
    guard let events = try await catchUpWithProcessor(marks.eventsThrough) else { return false }
    refundsLooked = []
    guard let cursor = try await catchUpWithRamp(marks) else { return false }
    let new = OutsideMarks(eventsThrough: events.through, ordersCursor: cursor)
    if new != marks { try await note([.noteOutside(new)]) }
    passTrouble = nil
    if events.found > 0 { report(.caughtUp(events: events.found)) }
    // Another process on this store may have told something, and rings no bell here.
    feed.notices.ring()
    return true
  }

  /// Commits how far was gone: never past what shows that this store is behind while that is not kept
  /// itself, for nothing would show it again (invariant 50).
  private func note(_ changes: [Change]) async throws(StoreError) {
    try await keepBehind()
    try await store.commit(Commit(now: clock.now, fence: settings.fence, changes))
  }

  /// What was answered; nil, and told, where nothing was.
  func heard<Value>(_ result: OutsideResult<Value>, from source: String) -> Value? {
    switch result {
    case .answered(let value): return value
    case .refused(let refusal): passFailed("\(source): refused: \(refusal.code)")
    case .unknown(let reason), .notSent(let reason): passFailed("\(source): \(reason)")
    }
    return nil
  }

  /// Tells why a pass did not come to its end: a reason that stays is told once.
  func passFailed(_ reason: String) {
    // What follows a comma is one answer's own: the name of its request.
    let lasting = String(reason.prefix { $0 != "," })
    guard lasting != passTrouble else { return }
    passTrouble = lasting
    report(.catchUpFailed(reason))
  }

  // MARK: The processor

  private func catchUpWithProcessor(
    _ mark: UnixTime?
  ) async throws(StoreError) -> (through: UnixTime, found: Int)? {
    guard let mark = await begin(mark) else { return nil }
    if !isCaughtUp, clock.now.since(mark) > settings.eventsKept {
      if eventsLeft == nil, forgottenLeft == nil { report(.eventsForgotten(since: mark)) }
      guard try await surveyForgotten(since: mark) else { return nil }
    }
    let since = mark.advanced(by: .zero - settings.eventsOverlap)
    var found = 0
    // The newest come first, so that another beginning would be at those that were gone through.
    var left = EventsLeft(since: since, through: mark, after: nil)
    if let eventsLeft, eventsLeft.since == since { left = eventsLeft }
    for _ in 0..<settings.eventPagesMax {
      guard !isStopped else { return nil }
      let answer = await outside.processor.events(since: since, after: left.after)
      // The event that it is to go on after may be gone.
      if case .refused = answer { eventsLeft = nil }
      guard let page = heard(answer, from: "the events"), let new = try await takeIn(page.events)
      else { return nil }
      found += new
      left.through = page.events.reduce(left.through) { max($0, $1.created) }
      left.after = page.events.last?.id ?? left.after
      eventsLeft = page.hasMore ? left : nil
      if !page.hasMore { return (left.through, found) }
    }
    passFailed("the events go on after \(settings.eventPagesMax) pages")
    return nil
  }

  /// By the processor's clock. A store that is new has missed nothing.
  private func begin(_ mark: UnixTime?) async -> UnixTime? {
    if let mark { return mark }
    return heard(await outside.processor.serverTime(), from: "the processor's clock")
  }

  /// - Returns: how many were new; nil when it could not be found out whose they are.
  private func takeIn(_ events: [ProcessorEvent]) async throws(StoreError) -> Int? {
    let new = try store.read { snapshot throws(StoreError) -> [ProcessorEvent] in
      var new: [ProcessorEvent] = []
      for event in events where try snapshot.inboxEvent(event.id) == nil { new.append(event) }
      return new
    }
    guard !new.isEmpty else { return 0 }
    for event in new {
      guard event.type.hasPrefix("payment_intent."), let intent = event.intent,
        try !isKnown(intent)
      else { continue }
      let answer = await outside.processor.intent(intent)
      // Another product's on the same account, or gone: this store misses nothing by it.
      if case .refused(let refusal) = answer, refusal.kind == .notFound { continue }
      guard let seen = heard(answer, from: "\(intent)") else { return nil }
      if let reason = try lost(seen) { try await stopBehind(reason) }
    }
    let refunded = Dictionary(grouping: new.filter(\.isOfOneRefund), by: \.intent)
    for (intent, events) in refunded.sorted(by: { $0.key?.rawValue ?? "" < $1.key?.rawValue ?? "" })
    {
      guard let intent, !refundsLooked.contains(intent) else { continue }
      switch try await lostRefund(of: intent, toldBy: events) {
      case .notAsked: continue
      case .unanswered: return nil
      case .none: break
      case .found(let reason): try await stopBehind(reason)
      }
      // A pass that is made again does not ask for it again.
      refundsLooked.insert(intent)
    }
    // What an event says is read again from its object, so that its body is not needed.
    let changes = new.map { event in
      Change.receiveInbox(
        InboxEvent(
          id: event.id, type: event.type, object: event.object, intent: event.intent, body: [],
          received: clock.now))
    }
    try await note(changes)
    return new.count
  }

  private func isKnown(_ intent: PaymentIntentID) throws(StoreError) -> Bool {
    try store.read { snapshot throws(StoreError) in try snapshot.intentOwner(intent) != nil }
  }

  // MARK: The ramp

  /// A list too long for one pass is gone on with by the next: each full page is noted.
  ///
  /// - Returns: the cursor behind the last order; nil when the ramp did not answer, or has more.
  private func catchUpWithRamp(_ marks: OutsideMarks) async throws(StoreError) -> String?? {
    // A first pass that took several is one still.
    let isFirstPass = marks.ordersCursor == nil || marks.eventsThrough == nil
    var cursor = marks.ordersCursor
    for _ in 0..<settings.eventPagesMax {
      guard !isStopped,
        let page = heard(
          await outside.ramp.orders(after: cursor, limit: 100), from: "the ramp's orders")
      else { return nil }
      for order in page.orders {
        guard let reason = try lost(order, isFirstPass: isFirstPass) else { continue }
        try await stopBehind(reason)
        try await adopt(order)
      }
      cursor = page.cursor ?? cursor
      if page.orders.count + page.skipped < 100 { return .some(cursor) }
      let noted = OutsideMarks(eventsThrough: marks.eventsThrough, ordersCursor: cursor)
      try await note([.noteOutside(noted)])
    }
    passFailed("the ramp's orders go on after \(settings.eventPagesMax) pages")
    return nil
  }

  /// Has the order's top-up follow it, where that has planned just this.
  private func adopt(_ order: RampOrder) async throws(StoreError) {
    guard let id = order.id.parts?.topUp else { return }
    for _ in 0..<settings.conflictRetriesMax {
      guard let topUp = try current(id), topUp.state == .charged,
        topUp.order?.phase == .planned
      else { return }
      do throws(StoreError) {
        if try await apply(.orderSeen(order), to: topUp) { poke(id) }
        return
      } catch { guard case .conflict = error else { throw error } }
    }
  }

  /// Why an order that this store does not have shows that it is behind: none is sent before it is
  /// recorded (invariant 28).
  ///
  /// - Parameter isFirstPass: a store that is new has no orders to miss; a copy of one from before
  ///   its first pass may have top-ups that were ordered for since.
  private func lost(_ order: RampOrder, isFirstPass: Bool) throws(StoreError) -> String? {
    guard let (id, number) = order.id.parts else { return nil }
    let (topUp, settings, isSettled) = try store.read { snapshot throws(StoreError) in
      (
        try snapshot.topUp(id), try snapshot.settings(),
        try snapshot.isSettledByHand(order.id.rawValue)
      )
    }
    if isFirstPass, topUp == nil { return nil }
    let own = topUp?.orders.first { $0.number == number }
    guard own.map({ $0.isUnsent(though: order) }) ?? true, !isSettled else { return nil }
    if order.isDead, let through = settings.settledThrough, order.updated <= through { return nil }
    return
      "the ramp has order \(order.id), which this store \(own == nil ? "does not have" : "has not sent")"
  }
}

extension ProcessorEvent {
  /// Whether it tells of one refund, by its id.
  fileprivate var isOfOneRefund: Bool { type.hasPrefix("refund.") }
}

/// How far a pass through the processor's events came that did not end; what is newer than what it
/// began with is the next one's.
struct EventsLeft {
  let since: UnixTime
  /// When the newest of them was made.
  var through: UnixTime
  /// The last that was taken in.
  var after: String?
}

extension DepositOrder {
  /// Whether the ramp shows what this row never sent. One that ended before it was sent has nothing
  /// seen; of one that was sent and ended, the ramp says the same.
  fileprivate func isUnsent(though theirs: RampOrder) -> Bool {
    isUnsent && (phase == .planned || !theirs.isDead)
  }
}
