import TopUpCore

/// Values for the tests, each with every field set to something that a mix-up would show.
enum Sample {
  static let now = Ground.now

  static func time(_ seconds: Int) -> UnixTime {
    UnixTime(milliseconds: now.milliseconds + Int64(seconds) * 1_000)
  }

  static func credits(_ user: String, tenant: String = "t:1") -> AccountKey {
    .credits(CreditsAccount(tenant: tenant, user: user))
  }

  static func ddc(_ byte: UInt8) -> AccountKey {
    guard let cluster = ClusterID([UInt8](repeating: byte, count: 20)),
      let owner = AccountID32([UInt8](repeating: byte ^ 0xFF, count: 32))
    else { preconditionFailure("sizes are those of the types") }
    return .ddc(DDCAccount(cluster: cluster, owner: owner))
  }

  static func payer(_ user: String = "u1") -> Payer { Payer(tenant: "t:1", user: user) }

  static func card(_ name: String) -> CardReference {
    CardReference(
      id: PaymentMethodID("pm_\(name)"), customer: CustomerID("cus_1"),
      fingerprint: "fp_\(name)", brand: "visa", last4: "4242",
      provenSince: name == "a" ? time(-1_000) : nil)
  }

  static func quote(_ name: String, tokens: Int128 = 20_000_000_000_000) -> Quote {
    Quote(
      id: QuoteID("q_\(name)"), rateNano: 1_250_000, gross: Money(minorUnits: 2_500, .eur),
      fee: Money(minorUnits: 125, .eur), net: Money(minorUnits: 2_375, .eur),
      tokens: Planck(tokens), created: time(-5), expires: time(60))
  }

  static func topUp(
    _ name: String, account: AccountKey = ddc(7), trigger: Trigger = .threshold,
    payer: Payer = payer()
  ) -> TopUp {
    TopUp(
      id: TopUpID("tu_\(name)"), account: account, payer: payer, trigger: trigger, episode: 3,
      amount: Money(minorUnits: 2_500, .eur), fee: 125, tax: 25, quote: quote("\(name).0"),
      credits: nil, onSession: false, policyVersion: 4, slippageBasisPoints: 150,
      cards: [card("a"), card("b")], description: "Top-up – \(name)", created: now,
      holdRule: HoldRule(newCard: .seconds(7), risk: .highest, riskSpan: .seconds(9)),
      remainder: .refund)
  }

  /// A top-up in its next version.
  static func moved(
    _ topUp: TopUp, to state: TopUpState, _ change: (inout TopUp) -> Void = { _ in }
  ) -> TopUp {
    var next = topUp
    next.version += 1
    next.state = state
    next.updated = time(Int(next.version))
    next.standsSince = time(Int(next.version) - 1)
    next.nextCheck = state.isTerminal ? nil : time(30)
    change(&next)
    return next
  }

  /// With two attempts, two orders and a refund, each field of them set.
  static func full(_ topUp: TopUp) -> TopUp {
    moved(topUp, to: .needsReview) { next in
      next.review = TopUp.Review(reason: "price moved", resume: .charged, offer: Planck(7))
      next.resumed = time(5)
      next.hold = DepositHold(
        cause: .risk, risk: .elevated, since: time(7), until: time(8), phase: .over)
      next.acceptedTokens = Planck(8)
      next.wordTokens = Planck(9)
      next.looks = 3
      next.books.charged = 2_500
      next.books.absorbed = 10
      next.books.held = 2_000
      next.books.fee = 125
      next.books.tax = 25
      next.books.refunded = 100
      next.books.delivered = 200
      next.books.disputed = 40
      next.books.lost = 20
      next.attempts = [
        ChargeAttempt(
          number: 1, card: card("a"), phase: .dead, intent: PaymentIntentID("pi_\(topUp.id).1"),
          charge: ChargeID("ch_1"),
          decline: Decline(
            code: "card_declined", declineCode: "insufficient_funds",
            adviceCode: "try_again_later", networkDeclineCode: "51", message: "Not enough.",
            charge: ChargeID("ch_0")), started: time(1)),
        ChargeAttempt(
          number: 2, card: card("b"), phase: .succeeded,
          intent: PaymentIntentID("pi_\(topUp.id).2"), charge: ChargeID("ch_2"), started: time(2),
          paid: time(3)),
      ]
      next.orders = [
        DepositOrder(
          number: 1, quote: quote("\(topUp.id).1"), phase: .dead,
          seen: seen(topUp.id, 1, .unrecognised("paused")), created: time(3)),
        DepositOrder(
          number: 2, quote: quote("\(topUp.id).2"), phase: .open,
          seen: seen(topUp.id, 2, .inBlock, evidence: evidence(block: "0x\(topUp.id)")),
          isFinalized: true, created: time(4)),
      ]
      next.refunds = [
        RefundAttempt(
          number: 1, amount: Money(minorUnits: 100, .eur), phase: .pending,
          refund: RefundID("re_\(topUp.id)"))
      ]
    }
  }

  static func seen(
    _ id: TopUpID, _ number: Int, _ state: RampOrder.State, evidence: ChainEvidence? = nil
  ) -> RampOrder {
    RampOrder(
      id: ClientOrderID(id, number: number), state: state, version: 9,
      ordered: Planck(20_000_000_000_000), credited: Planck(19_990_000_000_000),
      evidence: evidence, existentialSkim: true, reason: "skimmed", fundsMoved: .unknown,
      updated: time(6))
  }

  static func evidence(block: String, index: UInt32 = 17) -> ChainEvidence {
    ChainEvidence(
      extrinsicHash: "0xee", blockHash: block, blockNumber: .max, eventIndex: index)
  }

  static func charged(_ topUp: TopUp?, _ account: AccountKey, _ amount: Int128 = 2_500) -> Entry {
    Entry(
      topUp: topUp?.id, "charge captured",
      Entry.move(amount, from: .held(account, .eur), to: .processor(.eur)))
  }

  static func window(_ key: String, count: Int64? = nil, minorUnits: Int64? = nil) -> CapWindow {
    CapWindow(
      key: key, cap: Policy.Cap(count: count, minorUnits: minorUnits), usedCount: 0,
      usedMinorUnits: 0, ends: time(86_400))
  }

  static func policy(_ account: AccountKey, version: Int64) -> Policy {
    Policy(
      account: account, payer: payer(), isEnabled: true, threshold: -(1 << 100),
      amount: .refillTo(1 << 101, .gbp), minPerTopUp: 1_000, maxPerTopUp: 50_000,
      day: Policy.Cap(count: 3), month: Policy.Cap(minorUnits: 90_000),
      timeZone: "Europe/Berlin", rearmMargin: 77, cooldown: .nanoseconds(1_500_000_001),
      lowCooldown: .seconds(60), minRunway: .seconds(3_600), slippageBasisPoints: 99,
      cards: [PaymentMethodID("pm_b"), PaymentMethodID("pm_a")], version: version,
      updated: time(1),
      hold: HoldRule(newCard: .seconds(11), risk: nil, riskSpan: .seconds(13)), remainder: .refund,
      arriveBeforeEmpty: .milliseconds(1_234),
      schedules: [
        ScheduledCharge(
          dayOfMonth: 31, minuteOfDay: 1_439, amount: Money(minorUnits: 700, .gbp),
          since: time(-7)),
        ScheduledCharge(
          dayOfMonth: 1, minuteOfDay: 0, amount: Money(minorUnits: 800, .gbp), since: time(1)),
      ], debt: .forgive)
  }

  static func state(version: Int64) -> AccountState {
    AccountState(
      episode: AccountState.Episode(ordinal: 4, isArmed: false, topUps: 2, declines: 1),
      reading: KnownReading(
        active: -5, total: 1 << 90, exists: true,
        block: BlockReference(number: 1_234_567, hash: "0xab"), readAt: time(-3)),
      lastCreditHeight: .max - 1, lastCredited: time(-100), lastFinished: time(-90),
      backOffUntil: time(500), version: version)
  }

  static func claim(
    _ severity: LowBalanceClaim.Severity, unbilled: Int128 = 10, burn: Int128 = 5
  ) -> LowBalanceClaim {
    LowBalanceClaim(
      severity: severity, unbilled: unbilled, burnPerEra: burn, events: 1, severitySeen: now)
  }

  static func storedCard(_ name: String, rank: Int, of payer: Payer = payer()) -> StoredCard {
    StoredCard(
      payer: payer,
      card: CardSnapshot(
        id: PaymentMethodID("pm_\(name)"), customer: CustomerID("cus_1"), brand: "visa",
        last4: "4242", expiryMonth: 12, expiryYear: 2_030, funding: "credit", country: "DE",
        fingerprint: "fp_\(name)"), rank: rank, added: now)
  }

  static func inbox(_ id: String, received: UnixTime = now) -> InboxEvent {
    InboxEvent(
      id: id, type: "payment_intent.succeeded", object: "pi_1", intent: PaymentIntentID("pi_1"),
      body: [0, 1, 255], received: received)
  }
}
