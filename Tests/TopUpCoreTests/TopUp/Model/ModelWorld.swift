import TopUpCore

/// A store with one top-up, two drivers of it, and the world outside: one reachable situation.
///
/// The drivers behave as the engine does (`Engine+Step`, `Engine`): they hold a copy, call, and
/// commit under the version they read. Everything else, the environment decides by its ``ModelMove``.
struct ModelWorld {
  struct Driver {
    /// The top-up as this driver knows it; nil when it has to read it.
    var hold: TopUp?
    /// A call that was made, with the answer that is on its way.
    var flight: Flight?
  }

  struct Flight: Hashable {
    var effect: Effect
    var answer: TopUpEvent
  }

  var stored: TopUp
  var now: UnixTime
  var processor = ModelProcessor()
  var ramp = ModelRamp()
  var drivers: [Driver]
  /// Requests that left, whose caller gave up, and that may still arrive.
  var ghosts: [Effect] = []
  /// How an intent was read by somebody who will apply it later.
  var kept: IntentSnapshot?
  var wasReleased = false
  /// Waits that were used up; each path may wait so often.
  var waits = 0
  /// What broke, if something did.
  var fault: String?

  init(_ topUp: TopUp, at now: UnixTime, drivers: Int) {
    stored = topUp
    self.now = now
    self.drivers = Array(repeating: Driver(), count: drivers)
  }

  // MARK: Driving

  /// The top-up a driver goes by.
  func current(_ index: Int) -> TopUp { drivers[index].hold ?? stored.afterRestart() }

  /// Steps that need no call: time that passed, a reservation that begins.
  ///
  /// - Returns: whether there was one.
  mutating func stepAlone(_ index: Int) -> Bool {
    let topUp = current(index)
    drivers[index].hold = topUp
    if apply(.timePassed, index) { return true }
    guard topUp.state == .reserved else { return false }
    _ = apply(.chargeStarted, index)
    return true
  }

  /// The engine's `perform` after the answer has come.
  mutating func answer(_ event: TopUpEvent, _ index: Int) {
    let before = current(index)
    drivers[index].hold = before
    guard !before.state.isTerminal else {
      drivers[index].hold = nil
      return
    }
    if !apply(event, index) { _ = apply(.inDoubt("it changed nothing"), index) }
  }

  /// Something that is not a driver's answer: it is applied to what is stored.
  mutating func applyAside(_ event: TopUpEvent) {
    if commit(judge(event, stored), of: stored) { drivers[0].hold = nil }
  }

  /// - Returns: whether the event changed anything, a conflict included.
  private mutating func apply(_ event: TopUpEvent, _ index: Int) -> Bool {
    let base = current(index)
    guard let step = judge(event, base) else { return false }
    if step.isWaiting {
      drivers[index].hold = step.topUp
      return true
    }
    let isKept = commit(step, of: base)
    drivers[index].hold = isKept && !step.topUp.state.isTerminal ? step.topUp : nil
    return true
  }

  private func judge(_ event: TopUpEvent, _ topUp: TopUp) -> Step? {
    do throws(TransitionError) { return try topUp.applying(event, at: now) } catch {
      return topUp.contradicted(error, at: now)
    }
  }

  /// Compare and set on the version, with what must hold of every commit.
  private mutating func commit(_ step: Step?, of base: TopUp) -> Bool {
    guard let step, !step.isWaiting, stored.version == base.version else { return false }
    let before = stored
    stored = step.topUp
    if step.releasesReservation { released() }
    fault = fault ?? ModelRules.fault(from: before, by: step, in: self)
    return true
  }

  private mutating func released() {
    if wasReleased { fault = "the reservation was released twice" }
    wasReleased = true
  }

  // MARK: Calls arriving outside

  /// What the outside answers when a request arrives there.
  ///
  /// - Parameter bank: what a confirm comes to.
  mutating func arrive(_ effect: Effect, bank: ModelProcessor.Status) -> TopUpEvent {
    fault = fault ?? ModelRules.fault(of: effect, in: self)
    switch effect {
    case .createIntent(let request): return processor.create(request)
    case .confirmIntent(let request): return processor.confirm(request, bank)
    case .cancelIntent(let id, let key): return processor.cancel(id, key)
    case .askIntent(let id): return processor.ask(id)
    case .findIntent(_, _, let attempt): return processor.find(attempt: attempt)
    case .askQuote:
      return .quoted(Sample.quote("q\(stored.orders.count)", created: now))
    case .rereadBeforeOrder(let id):
      guard case .intentSeen(let seen) = processor.ask(id) else { return processor.ask(id) }
      return .reread(seen)
    case .createOrder(let request): return ramp.create(request)
    case .askOrder(let id): return ramp.ask(id)
    case .askFinality(let number):
      return .finalitySeen(Sample.finalized(number, hash: ramp.isFinalized ? "0x02" : nil))
    case .cancelOrder(let id): return ramp.cancel(id)
    case .createRefund(let request):
      return processor.refund(request, number: stored.refunds.count)
    case .askRefunds: return processor.askRefunds()
    }
  }

  // MARK: Sameness

  /// A digest of all that decides what can follow.
  var digest: Int {
    var hasher = Hasher()
    Self.feed(stored, stored.version, &hasher)
    for driver in drivers {
      hasher.combine(driver.hold == nil)
      if let hold = driver.hold { Self.feed(hold, stored.version, &hasher) }
      hasher.combine(driver.flight)
    }
    hasher.combine(now)
    hasher.combine(processor)
    hasher.combine(ramp)
    hasher.combine(ghosts)
    hasher.combine(kept)
    hasher.combine(wasReleased)
    return hasher.finalize()
  }

  private static func feed(_ topUp: TopUp, _ version: Int64, _ hasher: inout Hasher) {
    hasher.combine(topUp.state)
    hasher.combine(topUp.version - version)
    hasher.combine(topUp.review?.resume)
    hasher.combine(topUp.books.held)
    hasher.combine(topUp.looks > 0)
    hasher.combine(topUp.updated)
    hasher.combine(topUp.standsSince)
    for attempt in topUp.attempts {
      hasher.combine(attempt.phase)
      hasher.combine(attempt.intent)
      hasher.combine(attempt.started)
    }
    for order in topUp.orders {
      hasher.combine(order.phase)
      hasher.combine(order.seen?.version)
      hasher.combine(order.notFoundSince)
      hasher.combine(order.quote.expires)
    }
    for refund in topUp.refunds {
      hasher.combine(refund.phase)
      hasher.combine(refund.refund)
      hasher.combine(refund.notFoundSince)
    }
  }
}
