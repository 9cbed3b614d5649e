import TopUpCore

/// What must hold of every call and every commit, whatever the environment does.
enum ModelRules {
  /// What is wrong with a request that arrives.
  static func fault(of effect: Effect, in world: ModelWorld) -> String? {
    switch effect {
    case .confirmIntent(let request):
      guard world.stored.attempts.contains(where: { $0.intent == request.intent }) else {
        return "\(request.intent) is confirmed and not recorded (13, 16)"
      }
    case .createRefund:
      for order in world.stored.orders where !isSettled(order, world) {
        return "a refund while order \(order.number) may deliver (33)"
      }
    case .createOrder(let request):
      let number = ModelRamp.number(request.id)
      for earlier in world.stored.orders.filter({ $0.number < number })
      where !isSettled(earlier, world) {
        return "order \(number) while order \(earlier.number) may deliver (28)"
      }
    case .createIntent, .cancelIntent, .askIntent, .findIntent, .askQuote, .rereadBeforeOrder,
      .askOrder, .cancelOrder, .askFinality, .askRefunds:
      break
    }
    return nil
  }

  /// Whether an order can never deliver: dead at the ramp, or never sent by anyone.
  private static func isSettled(_ order: DepositOrder, _ world: ModelWorld) -> Bool {
    if world.ramp.orders[order.number] != nil { return world.ramp.isDead(order.number) }
    let isUnderWay = world.ghosts.contains { effect in
      if case .createOrder(let request) = effect {
        return ModelRamp.number(request.id) == order.number
      }
      return false
    }
    return order.phase == .dead && !isUnderWay
  }

  /// What is wrong with a commit.
  static func fault(from before: TopUp, by step: Step, in world: ModelWorld) -> String? {
    let after = step.topUp
    if after.version != before.version + 1 { return "a version was skipped" }
    if !after.books.balance { return "the books do not balance (24)" }
    for entry in step.entries where !Entry.isBalanced(entry.postings) {
      return "an entry does not balance (22)"
    }
    let isReopened = before.state == .refunded && after.review?.resume == .refundFailed
    if before.state.isTerminal, !isReopened { return "\(before.state) took an event (37)" }
    if after.attempts.count > before.attempts.count {
      for attempt in before.attempts where !isDead(attempt, world) {
        return "attempt \(after.attempts.count) while \(attempt.number) may succeed (13, 20)"
      }
    }
    if step.releasesReservation {
      for attempt in after.attempts where !isDead(attempt, world) {
        return "released while attempt \(attempt.number) may succeed (8)"
      }
    }
    return nil
  }

  private static func isDead(_ attempt: ChargeAttempt, _ world: ModelWorld) -> Bool {
    guard let intent = attempt.intent else {
      // One that nobody recorded is never confirmed.
      return true
    }
    return world.processor.status(intent) == .canceled
  }

  /// What is wrong with a situation.
  static func fault(in world: ModelWorld) -> String? {
    if let fault = world.fault { return fault }
    let topUp = world.stored
    if world.processor.successes > 1 { return "two intents succeeded (13, 16)" }
    if world.wasReleased, world.processor.successes > 0 { return "released, and charged (8)" }
    if world.ramp.delivered > 1 { return "two orders were delivered (28)" }
    let isRefunded = world.processor.refunds.contains { $0.status != .failed }
    if isRefunded, world.ramp.delivered > 0 { return "refunded and delivered (33)" }
    if topUp.books.charged > 0, world.processor.successes == 0 { return "booked, not charged" }
    if topUp.state == .credited, world.ramp.delivered != 1 { return "credited, not delivered (30)" }
    if topUp.state == .credited, !world.ramp.isFinalized { return "credited before finality (30)" }
    if topUp.state == .refunded, !isRefunded, world.processor.refunds.isEmpty {
      return "refunded in the books alone"
    }
    if !topUp.state.isTerminal, topUp.nextCheck == nil { return "no next look (39)" }
    if topUp.state == .needsReview, topUp.review?.reason.isEmpty != false {
      return "parked without a reason (39)"
    }
    let hasNext = topUp.next() != nil
    if topUp.state.isTerminal ? hasNext : !hasNext && !mayRest(topUp.state) {
      return "\(topUp.state) has \(hasNext ? "a" : "no") next call"
    }
    return nil
  }

  /// States that wait for a driver or a person, not for an answer.
  private static func mayRest(_ state: TopUpState) -> Bool {
    state == .reserved || state == .needsReview
  }
}
