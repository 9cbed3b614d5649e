internal import TopUpCore

// A store that was an older copy may lack orders of its own top-ups. The ramp is asked about each of
// them before anything is ordered or given back beside it (invariants 28, 33, 50).

extension Engine {
  /// Whether something keeps a call from being made: an order that this store never sent, or that
  /// nothing could be found out. What follows is committed.
  func isOvertaken(_ topUp: TopUp, before effect: Effect) async throws(StoreError) -> Bool {
    let orders = try unsentOrders(of: topUp, before: effect)
    guard !orders.isEmpty else { return false }
    for id in orders {
      guard let event = await obstacle(id, before: effect) else { continue }
      try await apply(event, to: topUp)
      return true
    }
    // It may have moved while they were asked about.
    let latest = try current(topUp.id)
    return isStopped || latest?.version != topUp.version
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
      if case .createOrder(let order) = effect, let own = order.id.parts?.number {
        numbers.remove(own)
      }
      return numbers.sorted().map { topUp.orderID($0) }
    }
  }

  /// Two clocks differ by less.
  private static let copySlack = Duration.seconds(3_600)
  /// A charge is given back after half an hour, and a price stands for a minute.
  private static let ordersBeyondMax = 40

  /// What an order that was not sent here stands in the way of; nil where it delivers nothing, and
  /// before a refund never will.
  private func obstacle(_ id: ClientOrderID, before effect: Effect) async -> TopUpEvent? {
    var answer = OutsideResult<RampOrder>.notSent("")
    if case .createRefund = effect { answer = await outside.ramp.cancelOrder(id) }
    switch answer {
    case .answered(let order) where order.isDead: return nil
    // Too late to be cancelled, or a ramp that leaves no tombstones.
    case .answered, .refused, .notSent: answer = await outside.ramp.order(id)
    case .unknown: break
    }
    switch answer {
    case .answered(let order):
      if order.isDead { return nil }
      return .overtaken("the ramp has order \(id), \(order.state), which this store has not sent")
    case .refused(let refusal):
      if refusal.kind == .notFound { return nil }
      return .notSent("the ramp was asked about order \(id): \(refusal.code)")
    case .unknown(let reason), .notSent(let reason):
      return .notSent("the ramp was asked about order \(id): \(reason)")
    }
  }
}
