internal import StrictJSON
internal import TopUpCore

/// Reads Stripe's objects: strict about what is used, deaf to everything else, since fields and
/// values may be added at any time (Stripe docs, "API upgrades").
struct StripeReader: Sendable {
  /// Objects of the other mode are refused.
  let livemode: Bool

  /// The most that one object is believed to be worth, in minor units.
  static let minorUnitsMax: Int64 = 999_999_999_999

  func intent(_ json: JSON) throws(Unreadable) -> IntentSnapshot {
    try check(json, is: "payment_intent")
    let currency = try json.currency("currency")
    let amount = try json.integer("amount", in: 1...Self.minorUnitsMax)
    let received = try json.integer("amount_received", in: 0...Self.minorUnitsMax)
    let metadata = json["metadata"]
    var snapshot = IntentSnapshot(
      id: PaymentIntentID(try json.word("id")), status: Self.status(try json.word("status")),
      amount: Money(minorUnits: amount, currency),
      amountReceived: Money(minorUnits: received, currency),
      customer: json.expandableID("customer").map { CustomerID($0) },
      paymentMethod: json.expandableID("payment_method").map { PaymentMethodID($0) },
      latestCharge: json.expandableID("latest_charge").map { ChargeID($0) },
      lastError: json["last_payment_error"].map { Self.decline($0) }, refunded: nil,
      clientSecret: json.optionalWord("client_secret").map { Secret($0) },
      topUp: metadata?.optionalWord(StripeMetadata.topUp).map { TopUpID($0) },
      attempt: metadata?.optionalWord(StripeMetadata.attempt).flatMap { Int($0) },
      created: try json.seconds("created"))
    snapshot.failedMethod = json["last_payment_error"]?.expandableID("payment_method")
      .map { PaymentMethodID($0) }
    snapshot.store = metadata?.optionalWord(StripeMetadata.store)
    snapshot.customerStore = json["customer"]?["metadata"]?.optionalWord(StripeMetadata.store)
    if let charge = json["latest_charge"], charge.object != nil {
      snapshot.refunded = Money(
        minorUnits: try charge.integer("amount_refunded", in: 0...Self.minorUnitsMax), currency)
      snapshot.isDisputed = charge["disputed"]?.bool ?? false
      snapshot.charged = try? charge.seconds("created")
      snapshot.risk = charge["outcome"]?.optionalWord("risk_level").map { RiskLevel(processor: $0) }
    }
    return snapshot
  }

  func customer(_ json: JSON) throws(Unreadable) -> CustomerID {
    try check(json, is: "customer")
    return CustomerID(try json.word("id"))
  }

  func setupIntent(_ json: JSON) throws(Unreadable) -> SetupIntentSnapshot {
    try check(json, is: "setup_intent")
    return SetupIntentSnapshot(
      id: SetupIntentID(try json.word("id")), status: try json.word("status"),
      clientSecret: json.optionalWord("client_secret").map { Secret($0) },
      paymentMethod: json.expandableID("payment_method").map { PaymentMethodID($0) })
  }

  func card(_ json: JSON) throws(Unreadable) -> CardSnapshot {
    try check(json, is: "payment_method")
    guard let card = json["card"], card.object != nil else { throw Unreadable("no usable card") }
    let id = try json.word("id")
    return CardSnapshot(
      id: PaymentMethodID(id), customer: json.expandableID("customer").map { CustomerID($0) },
      brand: try card.word("brand"), last4: try card.word("last4"),
      expiryMonth: Int(try card.integer("exp_month", in: 1...12)),
      expiryYear: Int(try card.integer("exp_year", in: 2000...9999)),
      funding: card.optionalWord("funding") ?? "unknown",
      country: card.optionalWord("country") ?? "",
      // Some wallets show none: such a card is taken for a number of its own.
      fingerprint: card.optionalWord("fingerprint") ?? id)
  }

  func refund(_ json: JSON) throws(Unreadable) -> RefundSnapshot {
    // A refund names no mode of its own; its intent has one.
    try check(json, is: "refund", namesMode: false)
    let currency = try json.currency("currency")
    let amount = try json.integer("amount", in: 1...Self.minorUnitsMax)
    var snapshot = RefundSnapshot(
      id: RefundID(try json.word("id")),
      intent: json.expandableID("payment_intent").map { PaymentIntentID($0) },
      amount: Money(minorUnits: amount, currency),
      status: Self.refundStatus(try json.word("status")),
      failureReason: json.optionalWord("failure_reason"),
      key: json["metadata"]?.optionalWord(StripeMetadata.refundKey).map { IdempotencyKey($0) })
    snapshot.created = try? json.seconds("created")
    return snapshot
  }

  func dispute(_ json: JSON) throws(Unreadable) -> DisputeSnapshot {
    try check(json, is: "dispute")
    let moves = try json.elements("balance_transactions")
    let currency = try json.currency("currency")
    let withdrawn = try Self.withdrawn(by: moves, of: json)
    let status = try json.word("status")
    let kind = json["payment_method_details"]?["card"]?.optionalWord("case_type")
    var snapshot = DisputeSnapshot(
      id: try json.word("id"),
      intent: json.expandableID("payment_intent").map { PaymentIntentID($0) },
      withdrawn: Money(minorUnits: withdrawn, currency), moves: moves.count,
      isOpen: !["won", "lost", "warning_closed", "prevented"].contains(status),
      isInquiry: kind == "inquiry" || status.hasPrefix("warning_"))
    snapshot.moved = try? (moves.last ?? json).seconds("created")
    return snapshot
  }

  /// What a dispute's moves have taken, in minor units of the dispute's currency.
  ///
  /// The moves are in the currency that the account is settled in. Where that is another one, only
  /// their signs count: a rate may have changed between a withdrawal and its reinstatement, which
  /// gives back exactly what was taken all the same (invariant 38).
  private static func withdrawn(by moves: [JSON], of dispute: JSON) throws(Unreadable) -> Int64 {
    let own = try dispute.word("currency")
    var (withdrawn, open, isConverted): (Int64, Int, Bool) = (0, 0, false)
    for move in moves {
      // Money that leaves our balance is negative; the processor's fee is told apart.
      let amount = try move.integer("amount", in: -Self.minorUnitsMax...Self.minorUnitsMax)
      withdrawn -= amount
      open -= Int(amount.signum())
      if try move.word("currency") != own { isConverted = true }
    }
    guard isConverted else { return withdrawn }
    return open > 0 ? try dispute.integer("amount", in: 1...Self.minorUnitsMax) : 0
  }

  /// - Returns: nil for one in a currency that is not charged here.
  func movement(_ json: JSON) throws(Unreadable) -> ProcessorMovement? {
    try check(json, is: "balance_transaction", namesMode: false)
    let all = -Self.minorUnitsMax...Self.minorUnitsMax
    guard let currency = try? json.currency("currency") else { return nil }
    return ProcessorMovement(
      id: try json.word("id"),
      kind: ProcessorMovement.Kind(name: try json.word("reporting_category")),
      source: json.expandableID("source"),
      amount: Money(minorUnits: try json.integer("amount", in: all), currency),
      fee: try json.integer("fee", in: all), created: try json.seconds("created"))
  }

  /// One page of a list.
  func list(_ json: JSON) throws(Unreadable) -> (elements: [JSON], hasMore: Bool) {
    guard json["object"]?.string == "list" else { throw Unreadable("no list") }
    return (try json.elements("data"), try json.flag("has_more"))
  }

  private func check(
    _ json: JSON, is kind: String, namesMode: Bool = true
  ) throws(Unreadable) {
    guard json["object"]?.string == kind else { throw Unreadable("no \(kind)") }
    guard namesMode || json["livemode"] != nil else { return }
    guard try json.flag("livemode") == livemode else {
      throw Unreadable("the \(kind) is of \(livemode ? "test" : "live") mode")
    }
  }

  private static func status(_ text: String) -> IntentSnapshot.Status {
    switch text {
    case "requires_payment_method": .requiresPaymentMethod
    case "requires_confirmation": .requiresConfirmation
    case "requires_action": .requiresAction
    case "processing": .processing
    case "requires_capture": .requiresCapture
    case "succeeded": .succeeded
    case "canceled": .canceled
    default: .unrecognised(text)
    }
  }

  private static func refundStatus(_ text: String) -> RefundSnapshot.Status {
    switch text {
    case "pending": .pending
    case "requires_action": .requiresAction
    case "succeeded": .succeeded
    case "failed": .failed
    case "canceled": .canceled
    default: .unrecognised(text)
    }
  }

  private static func decline(_ error: JSON) -> Decline {
    Decline(
      code: error.optionalWord("code") ?? error.optionalWord("type") ?? "unspecified",
      declineCode: error.optionalWord("decline_code"),
      adviceCode: error.optionalWord("advice_code"),
      networkDeclineCode: error.optionalWord("network_decline_code"),
      message: SecretScrub.text(error["message"]?.string ?? ""),
      charge: error.expandableID("charge").map { ChargeID($0) })
  }
}

/// Names in the metadata of objects that this service makes.
enum StripeMetadata {
  static let topUp = "topup_id"
  static let attempt = "attempt"
  static let refundKey = "refund_key"
  static let store = "topup_store"
  static let tenant = "topup_tenant"
  static let user = "topup_user"
}
