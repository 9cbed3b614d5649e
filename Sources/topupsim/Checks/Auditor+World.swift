import RPCCore
import SimulatedWorld
import TopUpCore

// What the store says, held against the truth of the simulated world.

extension Auditor {
  /// Where the processor forgets keys within minutes, an intent that was created late and in vain
  /// may stand beside the one that is confirmed: nothing ever confirms it (invariant 16).
  private func isForgiven(_ oddity: String) -> Bool {
    forgetsKeys && oddity.hasSuffix(" is requires_confirmation")
  }

  /// What stands outside, by top-up.
  struct Facts {
    let payments: [String: [PaymentFact]]
    let orders: [String: [OrderFact]]

    init(_ wire: OutsideWire) {
      payments = Dictionary(grouping: wire.payments, by: { $0.topUp ?? "" })
      orders = Dictionary(grouping: wire.world.orders, by: { Auditor.topUp(of: $0.id) })
    }
  }

  /// - Parameter facts: of this state of the world.
  func audit(_ world: World, _ facts: Facts) {
    guard violations.isEmpty else { return }
    let (payments, orders) = (facts.payments, facts.orders)
    for (name, payments) in payments.sorted(by: { $0.key < $1.key }) {
      guard !name.isEmpty, let topUp = topUps[TopUpID(name)] else {
        if isForgotten(TopUpID(name)) { continue }
        violate("12", "a payment for \(name) that is not recorded")
        continue
      }
      auditCharge(topUp, payments)
    }
    for (name, orders) in orders.sorted(by: { $0.key < $1.key }) {
      guard let topUp = topUps[TopUpID(name)] else {
        if isForgotten(TopUpID(name)) { continue }
        violate("12", "an order for \(name) that is not recorded")
        continue
      }
      auditDeposit(topUp, orders, payments[name] ?? [], world)
    }
    for (before, after) in parked {
      let name = after.id.rawValue
      let fault = parking?.fault(
        before, after, payments[name] ?? [], orders[name] ?? [], now: now())
      note([fault].compactMap(\.self))
    }
    parked = []
    for topUp in held { auditHold(topUp, payments) }
    held = []
    auditStates(payments, orders)
    auditEpisodes(payments)
    note(calendar.doubled { payments[$0.rawValue]?.contains { $0.standing == .succeeded } == true })
    for oddity in world.stripe.oddities + world.ramp.oddities where !isForgiven(oddity) {
      violate("13", oddity)
    }
  }

  private static func topUp(of order: String) -> String {
    String(order.prefix { $0 != ":" })
  }

  private func auditCharge(_ topUp: TopUp, _ payments: [PaymentFact]) {
    let paid = payments.filter { $0.standing == .succeeded }
    if paid.count > 1 { violate("3, 16", "\(topUp.id) was charged \(paid.count) times") }
    for payment in paid {
      // A key that the store has forgotten may come again with another request; it charges nothing.
      if payment.amount != topUp.amount.minorUnits, !isRestored {
        violate("12", "\(topUp.id) was charged \(payment.amount), not \(topUp.amount)")
      }
      if payment.ownRefunded > payment.captured {
        violate("15", "\(topUp.id) was refunded \(payment.refunded) of \(payment.captured)")
      }
    }
  }

  /// A deposit waits for what its rule names and is so, and for nothing else (facts/stripe §7).
  private func auditHold(_ topUp: TopUp, _ payments: [String: [PaymentFact]]) {
    let own = payments[topUp.id.rawValue] ?? []
    guard let hold = topUp.hold, let payment = own.first(where: { $0.standing == .succeeded })
    else { return violate("hold", "\(topUp.id) is held, and was not charged") }
    let begun = topUp.attempts.last { $0.phase == .succeeded }?.started ?? now()
    // What was disputed, or given back for a hold, proves nothing of a card; nor does what was not
    // heard of when this card was chosen.
    let first = payments.values.joined().filter { other in
      guard other.standing == .succeeded, !other.wasDisputed,
        other.charge?.customer == payment.charge?.customer,
        other.charge?.fingerprint == payment.charge?.fingerprint,
        let paid = other.topUp.flatMap({ topUps[TopUpID($0)] }), paid.hold?.phase != .refused
      else { return false }
      return paid.id == topUp.id || charges.isHeard(paid.id, by: begun)
    }.compactMap(\.charge?.created).min()
    let isFounded: Bool =
      switch hold.cause {
      case .newCard:
        // A clock may be a minute off, and an older copy does not know of a first charge.
        topUp.attempts.last { $0.phase == .succeeded }?.paid == nil
          || topUp.holdRule.newCard.map { span in
            span > .zero
              && (charges.clocksJump || isRestored
                || now().since(first ?? now()) < span + .seconds(120))
          } ?? false
      case .risk:
        if let least = topUp.holdRule.risk, let charge = payment.charge {
          RiskLevel(processor: charge.risk) >= least
        } else {
          false
        }
      case .dispute: payment.wasDisputed
      // A bank's warning is not kept outside.
      case .fraudWarning: true
      }
    if !isFounded {
      violate("hold", "\(topUp.id) is held for \(hold), by \(topUp.holdRule), and it is not so")
    }
  }

  private func auditDeposit(
    _ topUp: TopUp, _ orders: [OrderFact], _ payments: [PaymentFact], _ world: World
  ) {
    for order in orders {
      guard let destination = order.destination, .ddc(destination) != topUp.account else {
        continue
      }
      violate("30", "\(order.id) delivers to \(destination), and its account is \(topUp.account)")
    }
    let delivering = orders.filter { $0.delivered > .zero }
    let paid = payments.filter { $0.standing == .succeeded }
    if !delivering.isEmpty, paid.isEmpty {
      violate("32", "\(topUp.id) was delivered and not charged")
    }
    // One that delivered in part lets the next deliver the rest.
    let whole = delivering.filter { $0.fate != .partial }
    if whole.count > 1 { violate("28", "\(topUp.id) was delivered by \(whole.map(\.id))") }
    let isExcused = topUp.books.absorbed > 0 && paid.contains(where: \.wasContested)
    if whole.count == 1, delivering.count == 1, !isExcused,
      paid.contains(where: { $0.ownRefunded > 0 })
    {
      violate("33", "\(topUp.id) was delivered and refunded")
    }
    conserved(topUp, delivering, paid)
  }

  /// What is delivered and what we give back were paid for, to the minor unit: what each order
  /// delivered is worth at its own quote (invariants 24, 32).
  private func conserved(_ topUp: TopUp, _ orders: [OrderFact], _ paid: [PaymentFact]) {
    let worth = orders.reduce(Int128(0)) { sum, order in
      order.ordered > .zero
        ? sum + Int128(order.gross) * order.delivered.units / order.ordered.units : sum
    }
    let charged = paid.reduce(Int128(0)) { $0 + Int128($1.captured) }
    let back = paid.reduce(Int128(0)) { $0 + Int128($1.ownRefunded) }
    // What others had taken and came back once its debt was paid is given back beside the delivery.
    let taken = paid.reduce(Int128(0)) { $0 + Int128($1.everTaken) + Int128($1.bounced) }
    // One that was given up may arrive all the same, and a second one of the same request once its key
    // was forgotten: what they take beside the delivery is a debt.
    let late = topUp.refunds.filter(\.isRefused).reduce(Int128(0)) {
      $0 + Int128($1.amount.minorUnits)
    }
    let again = forgetsKeys ? paid.reduce(Int128(0)) { $0 + Int128($1.repeated) } : 0
    if worth + back > charged + min(Int128(topUp.books.absorbed), taken) + late + again {
      violate(
        "24, 32", "\(topUp.id) was charged \(charged), delivered \(worth) and refunded \(back)")
    }
  }

  /// What a top-up says of itself must be so outside.
  private func auditStates(
    _ payments: [String: [PaymentFact]], _ orders: [String: [OrderFact]]
  ) {
    for topUp in order.compactMap({ topUps[$0] }) {
      let name = topUp.id.rawValue
      let paid = (payments[name] ?? []).contains { $0.standing == .succeeded }
      switch topUp.state {
      case .declined, .cancelled, .expired:
        let isSettled = (payments[name] ?? []).contains { givenBack.contains($0.intent) }
        // What an older copy lacks of it stops it first.
        let isLacking =
          (mayLack || behindSince != nil) && !topUp.attempts.contains { $0.phase == .succeeded }
        if paid, !isSettled, !isLacking {
          violate("8, 13", "\(name) is \(topUp.state) and was charged")
        }
      case .credited:
        if !paid { violate("30", "\(name) is credited and was not charged") }
        if case .ddc = topUp.account,
          !(orders[name] ?? []).contains(where: { $0.delivered > .zero })
        {
          violate("30", "\(name) is credited and no finalized block delivers it")
        }
      case .refunded:
        let back = (payments[name] ?? []).reduce(Int64(0)) { $0 + $1.ownRefunded }
        let bounced = (payments[name] ?? []).reduce(Int64(0)) { $0 + $1.bounced }
        // One that came back later is told by an event that is yet to be taken in.
        if back == 0, bounced == 0, topUp.refunds.last?.phase == .succeeded {
          violate("24", "\(name) is refunded and nothing was given back")
        }
      case .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositHeld,
        .depositing, .depositUnknown, .orderCancelling, .refunding, .refundUnknown, .refundFailed,
        .reversed,
        .needsReview:
        break
      }
      if topUp.books.charged > 0, !paid {
        violate("22", "\(name) books a charge that is not there")
      }
    }
  }

  /// What was reserved ten minutes ago is decided anew (invariant 47), and cards are tried in the order
  /// in which they were chosen (invariant 20).
  func outOfTurn(_ before: TopUp, _ after: TopUp) {
    if before.state == .reserved, after.state == .charging, !charges.clocksJump,
      let begun = begunAt[after.id], now().since(begun) > .seconds(720)
    {
      violate("47", "\(after.id) was reserved at \(begun), and is charged now")
    }
    var left = after.cards[...]
    for attempt in after.attempts {
      guard let place = left.firstIndex(where: { $0.id == attempt.card.id }) else {
        return violate("20", "\(after.id) tries \(attempt.card.id) out of its turn")
      }
      left = left[(place + 1)...]
    }
  }

  /// A reservation goes with the end of a top-up that was never charged, in the same commit, and with
  /// nothing else: not with time, not with a success, not with a refund (invariants 7, 8).
  func releasedAtEnds(_ commit: Commit) {
    var released: Set<TopUpID> = []
    var ended: Set<TopUpID> = []
    for change in commit.changes {
      switch change {
      case .release(let id): released.insert(id)
      case .moveTopUp(let topUp, _) where topUp.state.isEndWithoutCharge: ended.insert(topUp.id)
      default: break
      }
    }
    for id in released.symmetricDifference(ended).sorted(by: { $0.rawValue < $1.rawValue }) {
      let state = topUps[id].map { "\($0.state)" } ?? "unknown"
      violate(
        "8",
        "\(id) is \(state), and its reservation is \(released.contains(id) ? "released" : "kept")")
    }
  }

  private struct AccountEpisode: Hashable {
    let account: AccountKey
    let ordinal: Int64
  }

  private func auditEpisodes(_ payments: [String: [PaymentFact]]) {
    var charged: [AccountEpisode: TopUpID] = [:]
    for id in order {
      guard let topUp = topUps[id], let episode = topUp.episode,
        (payments[id.rawValue] ?? []).contains(where: { $0.standing == .succeeded })
      else { continue }
      let key = AccountEpisode(account: topUp.account, ordinal: episode)
      if let other = charged.updateValue(id, forKey: key) {
        violate("3", "\(other) and \(id) were both charged in episode \(episode)")
      }
    }
  }
}

extension TopUpState {
  /// Whether it is the end of what was never charged.
  fileprivate var isEndWithoutCharge: Bool {
    self == .declined || self == .cancelled || self == .expired
  }
}

extension Auditor {
  func customerIsShared(_ customer: String, with store: String) {
    shared[store] = (customer, now())
  }

  /// In the order of their names.
  var otherStores: [String] { shared.keys.sorted() }

  /// - Returns: since when it bears that store's name, unless this one has taken over from it.
  func isShared(_ customer: String, with store: String) -> UnixTime? {
    guard let known = shared[store], known.customer == customer,
      !settledByHand.contains("store:\(store)")
    else { return nil }
    return known.since
  }
}
