import SimulatedWorld
import TopUpCore
import TopUpStore

/// What must hold once the trouble is over and everything had its time.
struct FinalCheck {
  private let auditor: Auditor
  private let wire: OutsideWire
  private let replicas: [Replica]
  /// What was begun later may be under way still.
  private let calmSince: UnixTime
  /// Whatever happens outside is known after that, also without webhooks: the processor's events are
  /// gone through every hour (invariant 39).
  private static let heardAfter = Duration.seconds(2 * 3_600)
  private static let rampRemembers = Timings.resendMax * 2

  init(_ auditor: Auditor, _ wire: OutsideWire, _ replicas: [Replica], calmSince: UnixTime) {
    self.auditor = auditor
    self.wire = wire
    self.replicas = replicas
    self.calmSince = calmSince
  }

  func run() {
    guard auditor.violations.isEmpty else { return }
    auditor.mayLack = false
    auditor.audit(wire.world, Auditor.Facts(wire))
    auditor.holdRefusals()
    if let since = auditor.behindSince {
      // Whoever is to change that has to have had the time.
      guard wire.now.since(since) > Self.heardAfter else { return }
      return auditor.violate("50", "nothing is sent since \(since), and nobody could change that")
    }
    lost()
    for id in auditor.order {
      guard let topUp = auditor.topUps[id], let begun = auditor.begunAt[id] else { continue }
      if begun <= calmSince {
        settled(topUp)
      } else if wire.now.since(begun) > Self.heardAfter {
        if !topUp.mayRest {
          auditor.violate("39", "\(id) was begun in the calm, and is still \(topUp.state)")
        }
        if topUp.state.isTerminal { settled(topUp) }
      }
    }
    guard let replica = replicas.last else {
      return auditor.violate("39", "no daemon is left in the calm")
    }
    do {
      try replica.store.read { snapshot throws(StoreError) in
        try auditor.holdLedger(against: snapshot)
      }
      for fault in try replica.store.file.verify() {
        auditor.violate("26", "\(fault.location): \(fault.problem)")
      }
      try lookedAt(replica.store)
      try funded(replica.store)
      try applied(replica.store)
      let credits = try replica.store.read { snapshot throws(StoreError) in
        try auditor.credits.differences(snapshot)
      }
      for difference in credits { auditor.violate("22", difference) }
      auditor.note(
        try replica.store.read { snapshot throws(StoreError) in
          try auditor.sales.forgotten(snapshot)
        })
    } catch { auditor.violate("39", "the store cannot be read in the calm: \(error)") }
  }

  /// What an older copy does not have was settled, each thing by its id (invariants 50, 52).
  private func lost() {
    for payment in wire.payments
    where payment.standing == .succeeded && payment.refunded < payment.captured {
      guard let name = payment.topUp, auditor.topUps[TopUpID(name)] == nil,
        !auditor.settledByHand.contains(payment.intent), !auditor.givenBack.contains(payment.intent)
      else { continue }
      auditor.violate("50", "\(payment.intent) of \(name) is nobody's")
    }
    for order in wire.world.orders where order.delivered > .zero {
      guard auditor.topUps[TopUpID(String(order.id.prefix { $0 != ":" }))] == nil,
        !auditor.settledByHand.contains(order.id),
        // What the ramp has forgotten nobody can tell a copy.
        wire.now.since(order.created) < Self.rampRemembers
      else { continue }
      auditor.violate("50", "order \(order.id) is nobody's")
    }
  }

  /// Who reads what people are to be told has seen all of it, once (invariant 45).
  func told(_ cursors: [String: Int64]) {
    guard auditor.violations.isEmpty, let replica = replicas.last else { return }
    let settled = wire.now.advanced(by: .seconds(-3_600))
    do throws(StoreError) {
      let faults = try replica.store.read { snapshot throws(StoreError) in
        try auditor.notices.differences(snapshot, cursors: cursors, settled: settled)
      }
      for fault in faults { auditor.violate("45", fault) }
    } catch { auditor.violate("45", "the notices cannot be read: \(error)") }
  }

  /// Terminal, or parked with a reason and the next look (invariant 39).
  private func settled(_ topUp: TopUp) {
    if topUp.state == .needsReview {
      if topUp.review?.reason.isEmpty ?? true || topUp.nextCheck == nil {
        auditor.violate("39", "\(topUp.id) is parked without a reason or a next look")
      }
    } else if topUp.waitsForOperator {
      if topUp.nextCheck == nil {
        auditor.violate("39", "\(topUp.id) is held, and never looked at")
      }
    } else if !topUp.state.isTerminal {
      auditor.violate("39", "\(topUp.id) is still \(topUp.state)")
    }
    let paid = wire.payments.filter {
      $0.topUp == topUp.id.rawValue && $0.standing == .succeeded
        && !auditor.givenBack.contains($0.intent)
    }
    // What was taken is delivered, given back, or a person's.
    if !paid.isEmpty {
      switch topUp.state {
      case .credited, .refunded, .reversed, .needsReview, .depositHeld: break
      case .reserved, .charging, .chargeUnknown, .actionRequired, .charged, .depositing,
        .depositUnknown, .declined, .cancelled, .expired, .orderCancelling, .refunding,
        .refundUnknown, .refundFailed:
        auditor.violate("24", "\(topUp.id) was charged and is \(topUp.state)")
      }
      reversed(topUp, paid)
      delivered(topUp)
      if topUp.state != .needsReview, topUp.books.charged == 0 {
        auditor.violate("22", "\(topUp.id) was charged and books nothing")
      }
    }
  }

  /// What was bought is booked as it was delivered: the share of each order's price that became
  /// tokens, rounded down once, and nothing that neither came nor went back (invariants 24, 30, 32).
  private func delivered(_ topUp: TopUp) {
    guard case .ddc = topUp.account, topUp.state.isTerminal else { return }
    let prefix = topUp.id.rawValue + ":"
    let orders = wire.world.orders.filter { $0.id.hasPrefix(prefix) && $0.delivered > .zero }
    // What an older copy never sent, and a person saw to outside.
    if orders.contains(where: { auditor.settledByHand.contains($0.id) }) { return }
    let tokens = orders.reduce(Int128(0)) { $0 + $1.delivered.units }
    if tokens != topUp.deliveredTokens.units, !auditor.wasDeliveredByWord(topUp.id) {
      auditor.violate(
        "30", "\(topUp.id) counts \(topUp.deliveredTokens), and \(Planck(tokens)) were delivered")
    }
    // A person's word is of all of it, where the ramp has forgotten of how much.
    if auditor.wasDeliveredByWord(topUp.id), orders.contains(where: { $0.fate == .partial }) {
      return
    }
    var (gross, fee) = (Int128(0), Int128(0))
    for order in orders {
      // What opened the owner's wallet was delivered too.
      let isWhole = order.fate != .partial
      let settled = isWhole ? order.ordered.units : order.delivered.units
      gross += Int128(order.gross) * settled / order.ordered.units
      fee += Int128(order.fee) * settled / order.ordered.units
    }
    let booked = Int128(topUp.books.delivered) + Int128(topUp.books.fee) + Int128(topUp.books.tax)
    let parts = Int128(orders.count { $0.fate == .partial })
    if booked > gross + parts || booked < gross - parts {
      auditor.violate("24", "\(topUp.id) books \(booked) as delivered, and it was \(gross)")
    }
    if (Int128(topUp.books.fee) - fee).magnitude > UInt128(parts) {
      auditor.violate("24", "\(topUp.id) books a fee of \(topUp.books.fee), and it was \(fee)")
    }
    if topUp.books.lost != 0, !auditor.wasWrittenOff(topUp.id) {
      auditor.violate("24", "\(topUp.id) wrote off \(topUp.books.lost), and nobody asked for it")
    }
  }

  /// What others took back stands in the books as it stands at the processor (invariant 38).
  private func reversed(_ topUp: TopUp, _ paid: [PaymentFact]) {
    guard let payment = paid.first, topUp.state != .needsReview,
      payment.reversalMoved.map({ wire.now.since($0) > Self.heardAfter }) ?? true
    else { return }
    if topUp.books.disputed != payment.disputed {
      auditor.violate(
        "38", "\(topUp.id) books \(topUp.books.disputed) disputed, and it is \(payment.disputed)")
    }
    if topUp.books.refunded != payment.refunded {
      auditor.violate(
        "38", "\(topUp.id) books \(topUp.books.refunded) refunded, and it is \(payment.refunded)")
    }
  }

  /// What was given up in the trouble was replayed, and its effects have come (invariant 35).
  private func applied(_ store: ReplicaStore) throws(StoreError) {
    let stuck = try store.read { snapshot throws(StoreError) in
      try snapshot.inbox(stuckOnly: true, after: nil, limit: 1_000)
    }
    for event in stuck {
      guard let givenUp = event.givenUp, givenUp <= calmSince else { continue }
      auditor.violate(
        "35", "\(event.event.id) was given up and is not applied: \(event.lastError ?? "")")
    }
  }

  /// No account is forgotten (invariant 51).
  private func lookedAt(_ store: ReplicaStore) throws(StoreError) {
    let now = wire.now
    let due = try store.read { snapshot throws(StoreError) in
      try snapshot.dueEvaluations(now.advanced(by: .seconds(-120)), limit: 10)
    }
    for account in due { auditor.violate("51", "\(account) is due for a look for two minutes") }
    let accounts = Set(auditor.topUps.values.map(\.account)).sorted { $0.name < $1.name }
    for account in accounts {
      let stored = try store.read { snapshot throws(StoreError) in try snapshot.account(account) }
      guard let policy = stored.policy, policy.isEnabled, !policy.schedules.isEmpty,
        stored.evaluation == nil
      else { continue }
      auditor.violate("51", "\(account) has a calendar, and no look is planned for it")
    }
    for account in accounts {
      let (stored, last, inFlight) = try store.read { snapshot throws(StoreError) in
        (
          try snapshot.account(account), try snapshot.decisions(of: account, before: nil, limit: 1),
          try snapshot.inFlight(account)
        )
      }
      guard stored.evaluation == nil || stored.evaluation?.due == .max, inFlight.isEmpty,
        stored.policy?.isEnabled == true, let skip = last.first?.skip, skip.endsByItself
      else { continue }
      auditor.violate("51", "\(account) was skipped for \(skip), and no look follows")
    }
  }
}

extension FinalCheck {
  /// Whatever is low on chain by a rule that is on, and was told to be, is being funded, or was not for
  /// a reason that still stands (invariant 51).
  private func funded(_ store: ReplicaStore) throws(StoreError) {
    for account in auditor.decisions.policies.keys.sorted(by: { $0.name < $1.name }) {
      guard case .ddc(let ddc) = account else { continue }
      let (stored, last) = try store.read { snapshot throws(StoreError) in
        (
          try snapshot.account(account), try snapshot.decisions(of: account, before: nil, limit: 1)
        )
      }
      guard let policy = stored.policy, policy.isEnabled else { continue }
      let chain = wire.world.chain
      let active = chain.ledger(of: ddc, at: chain.finalized)?.active.units ?? 0
      guard active <= policy.threshold else { continue }
      // What is on its way is waited for, and whatever is said meanwhile goes into that.
      let isOnItsWay = auditor.topUps.values.contains {
        $0.account == account && $0.trigger.isAutomatic && !$0.state.isTerminal
      }
      if isOnItsWay { continue }
      let name = "\(account.name) has \(Planck(active)), its threshold is \(policy.threshold), and"
      guard let last = last.first else {
        auditor.violate("51", "\(name) nobody has looked")
        continue
      }
      guard let skip = last.skip else {
        // Declined, put off or given back since: it is looked at again.
        let topUp = last.topUp.flatMap { auditor.topUps[$0] }
        if topUp?.state.isTerminal ?? true, stored.evaluation == nil {
          auditor.violate("51", "\(name) after \(topUp?.id.rawValue ?? "nothing") nobody looks")
        }
        continue
      }
      let stands = try store.read { snapshot throws(StoreError) in
        try self.stands(skip, for: account, stored, policy, snapshot)
      }
      if !stands { auditor.violate("51", "\(name) was skipped for \(skip): \(last.explanation)") }
    }
  }

  /// Whether what stood in the way still does, as the store has it, or goes away by a look that is
  /// planned.
  private func stands(
    _ skip: SkipReason, for account: AccountKey, _ stored: StoredAccount, _ policy: Policy,
    _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> Bool {
    let payer = try snapshot.payer(policy.payer)
    let cards = payer.cards.filter { policy.cards.isEmpty || policy.cards.contains($0.card.id) }
    switch skip {
    case .noPaymentMethod: return cards.isEmpty
    case .noConsent: return payer.consent == nil
    case .breakerOpen:
      let broken = try snapshot.openBreakers(account)
      return cards.contains { broken.contains($0.card.fingerprint) }
    case .accountBlocked: return stored.state.isBlocked
    case .amountOutOfBounds: return true
    case .debtTooLarge: return try !snapshot.debts(of: account).isEmpty
    case .rampBreakerOpen: return try snapshot.rampStanding().isOpen && stored.evaluation != nil
    case .capReached, .attemptsExhausted, .inFlight, .backOff, .cooldown, .scheduleMissed:
      return stored.evaluation != nil
    case .noPolicy, .disabled, .notLow, .killSwitch, .staleReading, .balanceUnreadable,
      .rampUnavailable, .rampHeadroom, .priceOutOfBand, .capsUnreadable, .clockSkew, .storeBehind,
      .notArmed, .creditsUnpriced:
      return false
    }
  }
}

extension TopUp {
  /// Whether it is held until a person decides.
  var waitsForOperator: Bool { state == .depositHeld && hold?.until == nil }

  /// Whether it has ended, or waits for somebody or for a time that its rule sets.
  fileprivate var mayRest: Bool {
    state.isTerminal || state == .needsReview || state == .depositHeld || state == .actionRequired
  }
}

extension SkipReason {
  /// Whether what it stands for goes away with time, and nobody tells.
  fileprivate var endsByItself: Bool {
    switch self {
    case .cooldown, .backOff, .capReached, .killSwitch, .staleReading, .balanceUnreadable,
      .rampUnavailable, .rampHeadroom, .rampBreakerOpen, .priceOutOfBand, .capsUnreadable,
      .clockSkew, .storeBehind, .attemptsExhausted, .scheduleMissed:
      true
    case .noPolicy, .disabled, .notLow, .inFlight, .noPaymentMethod, .noConsent, .breakerOpen,
      .amountOutOfBounds, .accountBlocked, .debtTooLarge, .notArmed, .creditsUnpriced:
      false
    }
  }
}
