// What others take back of a charge, at any later time, and give back again (invariants 24, 27,
// 38): each refund and dispute by its own id, and only what is news of it.

extension TopUp {
  /// How the refunds that are not ours and the disputes of the charge stand.
  func reversalsSeen(
    _ seen: [ReversalSnapshot], _ now: UnixTime
  ) throws(TransitionError) -> Step? {
    guard books.charged > 0 else { return nil }
    var topUp = self
    var postings: [Posting] = []
    var news: [String] = []
    for snapshot in seen {
      guard snapshot.taken.currency == amount.currency else {
        throw .contradicts("\(snapshot.id) took \(snapshot.taken) of a charge of \(amount)")
      }
      guard let change = try topUp.apply(snapshot) else { continue }
      postings += change
      news.append("\(snapshot.kind) \(snapshot.id): \(snapshot.taken)")
    }
    guard !news.isEmpty else { return nil }
    if topUp.hasDelivered { postings += topUp.offsetDebt() }
    let cause = "taken back: \(news.joined(separator: ", "))"
    let isDisputed = seen.contains { $0.kind == .dispute && $0.isOpen }
    var step = topUp.afterReversal(cause, isDisputed: isDisputed, now)
    let moved = Entry.net(postings)
    if !moved.isEmpty { step.entries.insert(Entry(topUp: id, cause, moved), at: 0) }
    return step
  }

  /// What stands taken by all of them.
  package var reversed: Int64 { reversals.reduce(0) { $0 + $1.taken } }
  /// What of it was taken while it was held.
  var takenFromHeld: Int64 { reversals.reduce(0) { $0 + $1.fromHeld } }
  /// What of it the account owes us (invariant 27).
  package var owed: Int64 { reversals.reduce(0) { $0 + $1.advanced } }

  /// Notes one of them.
  ///
  /// - Returns: what moved; nil when it is no news.
  private mutating func apply(_ snapshot: ReversalSnapshot) throws(TransitionError) -> [Posting]? {
    let index = reversals.firstIndex { $0.id == snapshot.id }
    let known = index.map { reversals[$0] } ?? Reversal(id: snapshot.id, kind: snapshot.kind)
    guard snapshot.rank > known.rank else { return nil }
    var reversal = known
    reversal.rank = snapshot.rank
    let delta = snapshot.taken.minorUnits - known.taken
    let postings = delta >= 0 ? take(delta, by: &reversal) : giveBack(-delta, by: &reversal)
    switch reversal.kind {
    case .refund: books.refunded += delta
    case .dispute: books.disputed += delta
    }
    if let index { reversals[index] = reversal } else { reversals.append(reversal) }
    return postings
  }

  /// From what is held first; the rest was delivered, and is a debt of the account, up to what it
  /// was granted. What is taken beyond that is our loss, as is what had been written off.
  private mutating func take(_ sum: Int64, by reversal: inout Reversal) -> [Posting] {
    let granted = reversals.reduce(books.charged - books.lost) {
      $0 - $1.fromHeld - $1.advanced - $1.forgiven
    }
    let fromHeld = min(sum, books.held)
    let advanced = min(sum - fromHeld, max(0, granted - fromHeld))
    let beyond = sum - fromHeld - advanced
    reversal.fromHeld += fromHeld
    reversal.advanced += advanced
    reversal.beyond += beyond
    books.held -= fromHeld
    books.absorbed += advanced + beyond
    return Entry.move(Int128(fromHeld), from: processor, to: held)
      + Entry.move(Int128(advanced), from: processor, to: debt)
      + Entry.move(Int128(beyond), from: processor, to: absorbed)
  }

  /// Exactly what was taken comes back to where it was taken from, a part of it to our loss and the
  /// debt first.
  private mutating func giveBack(_ sum: Int64, by reversal: inout Reversal) -> [Posting] {
    let toBeyond = min(sum, reversal.beyond)
    let toForgiven = min(sum - toBeyond, reversal.forgiven)
    let toUs = toBeyond + toForgiven
    let toDebt = min(sum - toUs, reversal.advanced)
    let toHeld = min(sum - toUs - toDebt, reversal.fromHeld)
    reversal.beyond -= toBeyond
    reversal.forgiven -= toForgiven
    reversal.advanced -= toDebt
    reversal.fromHeld -= toHeld
    books.absorbed -= toUs + toDebt
    books.held += toHeld
    return Entry.move(Int128(toUs), from: absorbed, to: processor)
      + Entry.move(Int128(toDebt), from: debt, to: processor)
      + Entry.move(Int128(toHeld), from: held, to: processor)
  }

  /// What is held although everything was delivered pays what the account owes for that: from then on
  /// that was taken from what was held.
  mutating func offsetDebt() -> [Posting] {
    let sum = max(0, min(books.held, owed))
    var left = sum
    for index in reversals.indices {
      let part = min(left, reversals[index].advanced)
      reversals[index].advanced -= part
      reversals[index].fromHeld += part
      left -= part
    }
    books.held -= sum
    books.absorbed -= sum
    return Entry.move(Int128(sum), from: debt, to: held)
  }

  /// What a step that spends what is held needs besides it: taken back meanwhile, it is the
  /// account's debt (invariant 27), for what was taken turns out to have been spent.
  ///
  /// - Returns: the postings that make up for it.
  mutating func coverShortfall(of sum: Int64) -> [Posting] {
    let missing = max(0, sum - books.held)
    guard missing > 0 else { return [] }
    var left = missing
    for index in reversals.indices.reversed() {
      let part = min(left, reversals[index].fromHeld)
      reversals[index].fromHeld -= part
      reversals[index].advanced += part
      left -= part
    }
    books.held += missing
    books.absorbed += missing
    return Entry.move(Int128(missing), from: held, to: debt)
  }

  private var hasDelivered: Bool { books.delivered > 0 || deliveredTokens > .zero }
  private var processor: LedgerAccount { .processor(amount.currency) }
  private var held: LedgerAccount { .held(account, amount.currency) }
  private var absorbed: LedgerAccount { .absorbed(amount.currency) }
  private var debt: LedgerAccount { .debt(account, amount.currency) }

  // MARK: Where it goes on

  /// What a top-up does after something was taken back or came back.
  private func afterReversal(_ cause: String, isDisputed: Bool, _ now: UnixTime) -> Step {
    switch state {
    case .credited, .reversed: return afterTheEnd(cause, now)
    // Nothing is held by a top-up that has ended.
    case .refunded where books.held > 0: return afterTheEnd(cause, now)
    case .charged, .depositHeld: return beforeTheDeposit(cause, isDisputed, now)
    case .depositing, .depositUnknown:
      guard let order, order.phase != .finalizing, order.phase != .cancelling else { break }
      // The order may still be stopped (invariant 32); if it is too late, what it delivers is owed.
      if reversed > 0 { return compensate(cause, now) }
    case .needsReview:
      // A live order is stopped though a person was to look at it: nobody else can once nothing is held.
      if reversed > 0, ordersOn { return compensate(cause, now) }
      if isEmptyReview { return Step(takenWhole(now), cause) }
      if isBeforeItsPrice { return beforeTheDeposit(cause, isDisputed, now) }
    case .reserved, .charging, .chargeUnknown, .actionRequired, .declined, .cancelled, .expired,
      .orderCancelling, .refunding, .refundUnknown, .refunded, .refundFailed:
      break
    }
    // It goes on as it did, with other books.
    return Step(self, cause)
  }

  /// Whether it, or whoever waits for a person with it, has an order that goes on and may still be
  /// stopped.
  var ordersOn: Bool {
    let leg = review?.resume ?? state
    guard leg == .depositing || leg == .depositUnknown, let order else { return false }
    guard order.phase == .sending || order.phase == .open else { return false }
    return order.seen?.state.isTerminal != true
  }

  /// Whether it waits for a person, and others have taken all that there was to give back: whichever of
  /// both was told first (invariant 36). A refund that was given up may arrive beside that.
  private var isEmptyReview: Bool {
    guard review?.resume == .refundFailed || review?.resume == .charged else { return false }
    return reversed > 0 && books.held + debtToUnpay == 0
      && !refunds.contains { $0.isUnresolved || $0.isRefused } && order?.phase.mayDeliver != true
  }

  private func afterTheEnd(_ cause: String, _ now: UnixTime) -> Step {
    // What bought nothing is held for the customer again: a person gives it back.
    if books.held > 0 {
      return parked("the charge came back after it had been taken", resume: .charged, now)
    }
    // Where nothing was delivered, an operator had written it off.
    let state = reversed == 0 && hasDelivered ? TopUpState.credited : .reversed
    return Step(ended(state, now), cause)
  }

  /// What was not ordered yet is not ordered any more: whatever is left of the charge is given back,
  /// of one that the bank only asks about all of it (invariant 32).
  private func beforeTheDeposit(_ cause: String, _ isDisputed: Bool, _ now: UnixTime) -> Step {
    guard reversed > 0 || isDisputed else { return Step(self, cause) }
    var step = compensate(cause, now)
    if reversed == 0 {
      // Nothing was taken, and all the same the ramp has no part in it.
      step.topUp.hold = DepositHold(
        cause: .dispute, risk: hold?.risk, since: hold?.since ?? now, until: nil, phase: .refused)
    }
    return step
  }

  /// Nothing is left of the charge, and nothing was delivered for it.
  func takenWhole(_ now: UnixTime) -> TopUp {
    var topUp = ended(.reversed, now)
    if var order = topUp.orders.last, order.phase == .planned {
      order.phase = .dead
      topUp.orders[order.number - 1] = order
    }
    return topUp
  }

  private func ended(_ state: TopUpState, _ now: UnixTime) -> TopUp {
    var topUp = moved(to: state, now)
    topUp.nextCheck = nil
    return topUp
  }
}
