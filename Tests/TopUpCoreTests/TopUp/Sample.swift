import TopUpCore

/// Values that tests of the money path share.
enum Sample {
  static let dragon = DDCAccount(
    cluster: ClusterID(Array(repeating: 7, count: 20)) ?? neverCluster,
    owner: AccountID32(Array(repeating: 9, count: 32)) ?? neverOwner)
  static let credits = CreditsAccount(tenant: "acme", user: "u:1")
  static let payer = Payer(tenant: "acme", user: "u1")
  static let amount = usd(2500)
  /// Of case C of facts/domain §6.
  static let tokens = Planck(191_322_139_665_161)

  private static var neverCluster: ClusterID { preconditionFailure("20 bytes make a cluster id") }
  private static var neverOwner: AccountID32 { preconditionFailure("32 bytes make an owner") }

  static func usd(_ cents: Int64) -> Money { Money(minorUnits: cents, .usd) }

  static func card(_ number: Int) -> CardReference {
    CardReference(
      id: PaymentMethodID("pm_\(number)"), customer: CustomerID("cus_1"),
      fingerprint: "fp_\(number)", brand: "visa", last4: "424\(number)")
  }

  // MARK: The processor's words

  static func intent(
    _ status: IntentSnapshot.Status, id: String? = nil, attempt: Int = 1,
    amount: Money = Sample.amount, received: Money = usd(0), error: Decline? = nil,
    refunded: Money? = nil, customer: String = "cus_1", topUp: TopUpID? = Scene.id
  ) -> IntentSnapshot {
    IntentSnapshot(
      id: PaymentIntentID(id ?? "pi_\(attempt)"), status: status, amount: amount,
      amountReceived: received, customer: CustomerID(customer),
      paymentMethod: PaymentMethodID("pm_\(attempt)"),
      latestCharge: status == .succeeded ? ChargeID("ch_\(attempt)") : nil, lastError: error,
      refunded: refunded, clientSecret: nil, topUp: topUp, attempt: attempt,
      created: Scene.start)
  }

  static func succeeded(
    attempt: Int = 1, refunded: Money? = usd(0), isDisputed: Bool = false,
    amount: Money = Sample.amount
  ) -> IntentSnapshot {
    var intent = intent(
      .succeeded, attempt: attempt, amount: amount, received: amount, refunded: refunded)
    intent.isDisputed = isDisputed
    return intent
  }

  static func declined(attempt: Int = 1, _ decline: Decline = softDecline) -> IntentSnapshot {
    intent(.requiresPaymentMethod, attempt: attempt, error: decline)
  }

  static func decline(_ declineCode: String?, code: String = "card_declined") -> Decline {
    Decline(
      code: code, declineCode: declineCode, adviceCode: nil, networkDeclineCode: nil,
      message: "declined", charge: nil)
  }

  static let softDecline = decline("insufficient_funds")
  static let hardDecline = decline("stolen_card")
  static let authenticationDemand = decline(
    "authentication_required", code: "authentication_required")

  static func refusal(
    _ kind: Refusal.Kind, code: String = "code", retryAfter: Duration? = nil
  ) -> Refusal {
    Refusal(kind, code: code, message: "no", retryAfter: retryAfter)
  }

  static func refund(
    _ status: RefundSnapshot.Status, number: Int = 1, amount: Money = Sample.amount,
    key: IdempotencyKey? = nil, id: String? = nil
  ) -> RefundSnapshot {
    RefundSnapshot(
      id: RefundID(id ?? "re_\(number)"), intent: PaymentIntentID("pi_1"), amount: amount,
      status: status, failureReason: status == .failed ? "expired_or_canceled_card" : nil,
      key: key ?? .refund(Scene.id, number: number))
  }

  // MARK: The ramp's words

  static func quote(
    _ id: String, tokens: Planck = Sample.tokens, gross: Money = amount, fee: Int64 = 138,
    created: UnixTime = Scene.start, lifetime: Duration = .seconds(60)
  ) -> Quote {
    Quote(
      id: QuoteID(id), rateNano: 1_234_567, gross: gross, fee: usd(fee),
      net: usd(gross.minorUnits - fee), tokens: tokens, created: created,
      expires: created.advanced(by: lifetime))
  }

  static func order(
    _ state: RampOrder.State, number: Int = 1, version: Int64 = 1, ordered: Planck = tokens,
    credited: Planck? = nil, moved: RampOrder.FundsMoved? = nil, skim: Bool = false,
    evidence: Bool? = nil, block: UInt64 = 1_000
  ) -> RampOrder {
    let isDelivered = state == .completed || state == .partial
    let hasEvidence = evidence ?? (isDelivered || state == .inBlock)
    return RampOrder(
      id: ClientOrderID(Scene.id, number: number), state: state, version: version,
      ordered: ordered, credited: credited ?? (isDelivered ? ordered : .zero),
      evidence: hasEvidence
        ? ChainEvidence(
          extrinsicHash: "0x01", blockHash: "0x02", blockNumber: block, eventIndex: 3) : nil,
      existentialSkim: skim, reason: nil, fundsMoved: moved ?? (isDelivered ? .yes : .no),
      updated: Scene.start)
  }

  // MARK: The node's words

  /// A block of the finalized chain; by its own hash unless another is named.
  static func finalized(_ number: UInt64, hash: String? = "0x02") -> FinalizedBlock {
    FinalizedBlock(number: number, hash: hash, head: hash == nil ? number - 1 : number + 5)
  }
}
