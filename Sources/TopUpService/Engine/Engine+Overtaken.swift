internal import TopUpCore

// A store that was an older copy may lack orders of its own top-ups. The ramp is asked about each of
// them before anything is ordered or given back beside it (invariants 28, 33, 50).

extension Engine {
  /// Whether something keeps a call from being made: an order that this store never sent, or that
  /// nothing could be found out. What follows is committed.
  func isOvertaken(_ topUp: TopUp, before effect: Effect) async throws(StoreError) -> Bool {
    var orders = try unsentOrders(of: topUp, before: effect)
    guard !orders.isEmpty else { return false }
    while !orders.isEmpty {
      let id = orders.removeFirst()
      let found = await obstacle(id, before: effect)
      // It may have moved while that was asked about.
      let latest = try current(topUp.id)
      guard !isStopped, latest?.version == topUp.version else { return true }
      switch found {
      case .nothing: break
      case .there(let order) where effect.creates(order.id):
        // However it stands, that is how its order stands.
        try await apply(.orderSeen(order), to: topUp)
        return true
      case .there(let order) where order.isDead:
        // One that was sent and came to nothing: the next may have been sent after it.
        guard case .createRefund = effect, order.ordered > .zero, orders.isEmpty,
          let parts = id.parts,
          parts.number <= topUp.orders.count + Self.ordersBeyondMax
        else { break }
        orders.append(topUp.orderID(parts.number + 1))
      case .there(let order):
        let reason = "the ramp has order \(id), \(order.state), which this store has not sent"
        try await apply(.overtaken(reason), to: topUp)
        return true
      case .unanswered(let reason):
        try await apply(.notSent("the ramp was asked about order \(id): \(reason)"), to: topUp)
        return true
      }
    }
    return false
  }

  /// What stands behind an order's id at the ramp.
  private enum Found {
    case nothing
    case there(RampOrder)
    case unanswered(String)
  }

  /// The orders of a top-up that what came after this copy may have sent.
  private func unsentOrders(
    of topUp: TopUp, before effect: Effect
  ) throws(StoreError) -> [ClientOrderID] {
    guard case .ddc = topUp.account else { return [] }
    switch effect {
    case .createOrder, .createRefund: break
    case .createIntent, .confirmIntent, .cancelIntent, .askIntent, .findIntent, .askQuote,
      .rereadBeforeOrder, .askOrder, .cancelOrder, .askFinality, .askRefunds:
      return []
    }
    return try store.read { snapshot throws(StoreError) in
      guard let through = try snapshot.settings().settledThrough,
        topUp.created <= through.advanced(by: Self.copySlack)
      else { return [] }
      var numbers = Set(topUp.orders.filter(\.isUnsent).map(\.number))
      // What a person was told of, as of no top-up here, may be of this one.
      for number in 1...topUp.orders.count + Self.ordersBeyondMax
      where try snapshot.isSettledByHand(topUp.orderID(number).rawValue) {
        numbers.insert(number)
      }
      if case .createRefund = effect { numbers.insert(topUp.orders.count + 1) }
      // The very one may be there under another price.
      if case .createOrder(let order) = effect, let own = order.id.parts?.number {
        numbers.insert(own)
      }
      return numbers.sorted().map { topUp.orderID($0) }
    }
  }

  /// Two clocks differ by less.
  private static let copySlack = Duration.seconds(3_600)
  /// A charge is given back after half an hour, and a price stands for a minute.
  private static let ordersBeyondMax = 40

  /// Before a refund it is cancelled; one that is too late for that, and one of a ramp without
  /// tombstones, is asked about.
  private func obstacle(_ id: ClientOrderID, before effect: Effect) async -> Found {
    var answer: OutsideResult<RampOrder>?
    if case .createRefund = effect { answer = await outside.ramp.cancelOrder(id) }
    switch answer {
    case .answered(let order)? where order.isDead: break
    case .refused(let refusal)? where !refusal.isOfCancel: break
    case nil, .answered?, .refused?: answer = await outside.ramp.order(id)
    case .unknown?, .notSent?: break
    }
    switch answer {
    case .answered(let order)?: return .there(order)
    case .refused(let refusal)?:
      return refusal.kind == .notFound ? .nothing : .unanswered(refusal.code)
    case .unknown(let reason)?, .notSent(let reason)?: return .unanswered(reason)
    case nil: return .nothing
    }
  }
}

extension Effect {
  /// Whether it sends just this order.
  fileprivate func creates(_ id: ClientOrderID) -> Bool {
    if case .createOrder(let order) = self { order.id == id } else { false }
  }
}

extension Refusal {
  /// Whether a cancel was refused for what the order is, and not for how the ramp does.
  fileprivate var isOfCancel: Bool {
    switch kind {
    case .notFound, .unexpectedState, .invalid: true
    case .inProgress, .rateLimited, .notAuthorised, .insufficientLiquidity, .quoteNotUsable,
      .idempotencyConflict:
      false
    }
  }
}
