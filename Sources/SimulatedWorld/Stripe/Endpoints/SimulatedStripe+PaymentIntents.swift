import StrictJSON
import TopUpCore

extension SimulatedStripe {
  func intent(_ id: String) throws(StripeFailure) -> StripeIntent {
    guard let intent = intents[id] else { throw .missing("payment_intent", id) }
    return intent
  }

  mutating func createIntent(_ call: StripeCall) throws(StripeFailure) -> JSON {
    let asked = call.parameters
    let confirms = asked.flag("confirm")
    for name in ["off_session", "error_on_requires_action", "return_url"]
    where asked.has(name) && !confirms {
      throw .invalid(nil, "`\(name)` requires `confirm=true`.", param: name)
    }
    let automatic = asked.table("automatic_payment_methods")
    if automatic != nil, asked.has("allowed_payment_method_types") {
      throw .invalid(
        nil,
        "You may only specify one of these parameters: automatic_payment_methods, "
          + "allowed_payment_method_types.")
    }
    let currency = try Self.currency(asked.text("currency") ?? "")
    let amount = try Self.amount(asked.integer("amount") ?? 0, currency)
    let id = newID("pi_3")
    var intent = StripeIntent(
      id: id, clientSecret: "\(id)_secret_\(generator.token(length: 25))", created: call.now,
      amount: amount, currency: currency.code.lowercased())
    intent.captureMethod = asked.text("capture_method") ?? "automatic_async"
    intent.allowsCardOnly = asked.has("allowed_payment_method_types")
    intent.excludesRedirects = automatic?.text("allow_redirects") == "never"
    try apply(call, to: &intent)
    intents.put(intent)
    if let topUp = intent.metadata["topup_id"] { intentsByTopUp[topUp, default: []].append(id) }
    emit("payment_intent.created", intent, call)
    return confirms ? try confirm(id, call) : intent.json
  }

  mutating func updateIntent(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var intent = try intent(id)
    let isOpen = intent.status == .requiresPaymentMethod || intent.status == .requiresConfirmation
    let isLate = Set(call.parameters.members.keys).subtracting([
      "metadata", "description", "expand",
    ])
    guard isOpen || isLate.isEmpty else { throw unexpected(intent, "update") }
    if call.parameters.has("amount") || call.parameters.has("currency") {
      let currency = try Self.currency(call.parameters.text("currency") ?? intent.currency)
      intent.amount = try Self.amount(call.parameters.integer("amount") ?? intent.amount, currency)
      intent.currency = currency.code.lowercased()
    }
    try apply(call, to: &intent)
    intents.put(intent)
    return intent.json
  }

  /// The fields that creating and updating have in common.
  private mutating func apply(
    _ call: StripeCall, to intent: inout StripeIntent
  ) throws(StripeFailure) {
    let asked = call.parameters
    if asked.has("statement_descriptor") {
      throw .invalid(
        nil,
        "`statement_descriptor` is not supported for cards; use "
          + "`statement_descriptor_suffix`.", param: "statement_descriptor")
    }
    if let suffix = asked.text("statement_descriptor_suffix") {
      try Self.checkSuffix(suffix)
      intent.statementDescriptorSuffix = suffix
    }
    if let customer = asked.text("customer") {
      _ = try self.customer(customer, param: "customer")
      if let old = intent.customer, old != customer {
        throw .invalid(nil, "The customer of a PaymentIntent cannot change.", param: "customer")
      }
      intent.customer = customer
    }
    if let name = asked.text("payment_method") {
      intent.paymentMethod = try chargeableMethod(name, customer: intent.customer, call).id
      intent.status = .requiresConfirmation
    }
    if asked.has("description") { intent.description = asked.text("description") }
    if asked.has("receipt_email") { intent.receiptEmail = asked.text("receipt_email") }
    intent.setupFutureUsage = asked.text("setup_future_usage") ?? intent.setupFutureUsage
    intent.requestThreeDSecure = requestedThreeDSecure(asked) ?? intent.requestThreeDSecure
    intent.metadata = asked.metadata(updating: intent.metadata)
  }

  mutating func cancelIntent(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var intent = try intent(id)
    switch intent.status {
    case .requiresPaymentMethod, .requiresConfirmation, .requiresAction, .requiresCapture: break
    case .processing, .succeeded, .canceled: throw unexpected(intent, "cancel")
    }
    intent.status = .canceled
    intent.nextAction = nil
    intent.amountCapturable = 0
    intent.canceledAt = call.now
    intent.cancellationReason = call.parameters.text("cancellation_reason")
    intents.put(intent)
    emit("payment_intent.canceled", intent, call)
    return intent.json
  }

  /// The refusal of a step that the intent's state does not allow, with the intent in it.
  func unexpected(_ intent: StripeIntent, _ verb: String) -> StripeFailure {
    var failure = StripeFailure.invalid(
      "payment_intent_unexpected_state",
      "You cannot \(verb) this PaymentIntent because it has a status of "
        + "\(intent.status.rawValue).")
    failure.paymentIntent = intent.json
    return failure
  }

  // MARK: Rules of the fields

  /// A card that this customer may be charged with.
  mutating func chargeableMethod(
    _ name: String, customer: String?, _ call: StripeCall
  ) throws(StripeFailure) -> StripePaymentMethod {
    let method = try resolveMethod(name, call: call)
    guard !method.isSpent else { throw Self.spent(method) }
    guard method.customer == nil || method.customer == customer else {
      throw .invalid(
        "resource_missing",
        "The customer does not have a payment method with the ID \(method.id). The payment "
          + "method must be attached to the customer.", param: "payment_method")
    }
    return method
  }

  func requestedThreeDSecure(_ asked: Parameters) -> String? {
    asked.table("payment_method_options")?.table("card")?.text("request_three_d_secure")
  }

  private static func currency(_ code: String) throws(StripeFailure) -> Currency {
    guard code == code.lowercased(), let currency = Currency(code: code) else {
      throw .invalid(
        "parameter_invalid_string", "Invalid currency: \(code); three letters in lower case.",
        param: "currency")
    }
    return currency
  }

  private static func amount(
    _ amount: Int64, _ currency: Currency
  ) throws(StripeFailure) -> Int64 {
    guard amount >= currency.chargeMinorUnitsMin else {
      throw .invalid(
        "amount_too_small",
        "Amount must be at least \(Money(minorUnits: currency.chargeMinorUnitsMin, currency)).",
        param: "amount")
    }
    guard amount <= Money.chargeMinorUnitsMax else {
      throw .invalid(
        "amount_too_large",
        "Amount must be no more than \(Money(minorUnits: Money.chargeMinorUnitsMax, currency)).",
        param: "amount")
    }
    return amount
  }

  /// Prefix, `* ` and suffix fill 22 characters at most; the account's prefix is `SANDBOX`.
  private static func checkSuffix(_ suffix: String) throws(StripeFailure) {
    let isLatin = suffix.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F }
    let hasLetter = suffix.contains { $0.isLetter }
    guard suffix.count + "SANDBOX* ".count <= 22, isLatin, hasLetter,
      !suffix.contains(where: { #"<>\'"*"#.contains($0) })
    else {
      throw .invalid(
        nil, "Invalid statement descriptor suffix: \(suffix)", param: "statement_descriptor_suffix")
    }
  }

  static let returnURLMissing = StripeFailure.invalid(
    nil,
    "This intent accepts methods that redirect: send `return_url`, or limit it to cards, or "
      + "set `automatic_payment_methods[allow_redirects]=never`.", param: "return_url")
}
