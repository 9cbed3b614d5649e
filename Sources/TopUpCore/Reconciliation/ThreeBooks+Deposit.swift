// Ledger against ramp, in both directions (invariants 28, 30, 32, 33, 40).

extension ThreeBooks {
  func depositDifferences(_ now: UnixTime) -> [Difference] {
    var found = orders.compactMap { difference(of: $0, now) }
    for order in topUp?.orders ?? [] {
      if let difference = missing(order, now) { found.append(difference) }
    }
    if let difference = tooMuchInAll() { found.append(difference) }
    if let difference = creditWithoutOrder() { found.append(difference) }
    return found
  }

  private func difference(of seen: RampOrder, _ now: UnixTime) -> Difference? {
    guard let number = seen.id.parts?.number else { return nil }
    guard let topUp, number <= topUp.orders.count else {
      // A tombstone, or an order that came to nothing, owes nobody anything.
      return seen.isDead
        ? nil : different(.orderWithoutTopUp, seen, ours: topUp == nil ? "no top-up" : "no order")
    }
    let order = topUp.orders[number - 1]
    if seen.credited > order.quote.tokens {
      return different(.deliveredTooMuch, seen, ours: "\(order.quote.tokens) ordered")
    }
    switch order.phase {
    case .planned:
      return different(
        .orderState, seen, ours: "not sent", repair: useful([.orderSeen(seen)], now))
    case .sending, .open, .finalizing, .cancelling:
      guard seen.state.isTerminal, seen.version > order.seen?.version ?? -1 else { return nil }
      return different(
        .orderState, seen, ours: order.words, repair: useful([.orderSeen(seen)], now))
    case .completed: return completed(order, seen)
    case .dead:
      return seen.isDead || isEndedByWord
        ? nil : different(.deliveredAfterEnd, seen, ours: order.words)
    }
  }

  /// What was credited must be what the ramp delivered, by the same event of the chain.
  private func completed(_ order: DepositOrder, _ seen: RampOrder) -> Difference? {
    guard !isEndedByWord else { return nil }
    guard seen.credited == order.seen?.credited else {
      return different(.deliveredAmount, seen, ours: order.words)
    }
    guard seen.state == .completed || seen.existentialSkim || order.isPart,
      let evidence = seen.evidence,
      evidence.blockHash == order.seen?.evidence?.blockHash,
      evidence.eventIndex == order.seen?.evidence?.eventIndex
    else { return different(.creditWithoutEvidence, seen, ours: order.words) }
    return nil
  }

  /// A ramp may have forgotten an order of long ago: of one that it completed block and event are ours,
  /// and one that is awaited still is a person's.
  private func missing(_ order: DepositOrder, _ now: UnixTime) -> Difference? {
    let client = ClientOrderID(id, number: order.number)
    guard absentOrders.contains(client), !isEndedByWord, now < order.forgotten else { return nil }
    let kind: Difference.Kind
    switch order.phase {
    case .completed: kind = .creditWithoutEvidence
    case .open, .finalizing: kind = .orderMissing
    // One that the ramp never confirmed may never have reached it.
    case .planned, .sending, .cancelling, .dead: return nil
    }
    return Difference(
      kind, id, object: client.rawValue, ours: order.words, theirs: "no such order")
  }

  /// Several orders of one top-up may settle it, but not more than once.
  private func tooMuchInAll() -> Difference? {
    guard let topUp else { return nil }
    let delivering = orders.filter { $0.credited > .zero }
    guard let last = delivering.last else { return nil }
    if topUp.books.charged == 0 {
      return different(.deliveredTooMuch, last, ours: "nothing charged")
    }
    // What each delivered is worth at its own price (invariant 32).
    let worth = delivering.reduce(Int64(0)) { sum, seen in
      guard let number = seen.id.parts?.number, number <= topUp.orders.count else { return sum }
      let quote = topUp.orders[number - 1].quote
      return sum
        + PartialDelivery.worth(
          of: quote.gross.minorUnits, ordered: quote.tokens,
          delivered: min(seen.credited, quote.tokens))
    }
    guard delivering.count > 1, worth > topUp.amount.minorUnits else { return nil }
    return Difference(
      .deliveredTooMuch, id, object: last.id.rawValue, ours: "\(topUp.amount) charged",
      theirs: "\(Money(minorUnits: worth, topUp.amount.currency)) delivered by "
        + "\(delivering.count) orders")
  }

  private func creditWithoutOrder() -> Difference? {
    guard let topUp, case .ddc = topUp.account, topUp.books.delivered > 0, !isEndedByWord,
      !topUp.orders.contains(where: { $0.phase == .completed })
    else { return nil }
    return Difference(
      .creditWithoutEvidence, id, object: id.rawValue,
      ours: "\(Money(minorUnits: topUp.books.delivered, topUp.amount.currency)) delivered",
      theirs: "no completed order")
  }

  private func different(
    _ kind: Difference.Kind, _ seen: RampOrder, ours: String, repair: [TopUpEvent] = []
  ) -> Difference {
    Difference(
      kind, id, object: seen.id.rawValue, ours: ours,
      theirs: "\(seen.state), \(seen.credited) delivered", repair: repair)
  }
}

extension DepositOrder {
  fileprivate var words: String {
    "\(phase.rawValue)" + (seen.map { ", \($0.credited) delivered" } ?? "")
  }
}

extension RampOrder {
  /// Ended for good, with nothing moved.
  package var isDead: Bool {
    state.isTerminal && fundsMoved == .no && credited == .zero
  }
}

extension RampOrder.State {
  package var isTerminal: Bool {
    switch self {
    case .completed, .partial, .failed, .cancelled, .expired, .returned: true
    case .accepted, .submitted, .inBlock, .onHold, .unrecognised: false
    }
  }
}
