import StrictJSON
import TopUpCore

extension SimulatedStripe {
  /// Confirms an intent: at most once in its life does this take money.
  mutating func confirm(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var intent = try intent(id)
    let asked = call.parameters
    guard intent.status == .requiresPaymentMethod || intent.status == .requiresConfirmation else {
      throw unexpected(intent, "confirm")
    }
    if let amount = asked.integer("amount_to_confirm"), amount != intent.amount {
      var failure = StripeFailure.invalid(
        nil, "The amount_to_confirm does not match the amount of the PaymentIntent.",
        param: "amount_to_confirm")
      failure.paymentIntent = intent.json
      throw failure
    }
    if !intent.allowsCardOnly, !intent.excludesRedirects, !asked.has("return_url") {
      throw Self.returnURLMissing
    }
    guard let name = asked.text("payment_method") ?? intent.paymentMethod else {
      throw unexpected(intent, "confirm")
    }
    let method = try chargeableMethod(name, customer: intent.customer, call)
    let isOffSession = asked.text("off_session").map { $0 != "false" } ?? false
    if isOffSession {
      guard let customer = intent.customer, method.customer == customer else {
        throw .invalid(
          "payment_method_unexpected_state",
          "Off-session payments need a payment method that is attached to the customer.",
          param: "payment_method")
      }
    }
    watch(intent)
    intent.paymentMethod = method.id
    intent.isOffSession = isOffSession
    intent.returnURL = asked.text("return_url")
    intent.setupFutureUsage = asked.text("setup_future_usage") ?? intent.setupFutureUsage
    intent.requestThreeDSecure = requestedThreeDSecure(asked) ?? intent.requestThreeDSecure
    intents.put(intent)
    if needsAuthentication(method, intent) {
      if isOffSession { throw fail(intent, .authenticationRequired, call) }
      if asked.flag("error_on_requires_action") {
        throw fail(intent, .authenticationNotHandled, call)
      }
      return requireAction(intent, call)
    }
    if let delay = call.processing {
      intent.status = .processing
      intents.put(intent)
      emit("payment_intent.processing", intent, call)
      agenda.put(.finish(intent: id), at: call.now.advanced(by: delay))
      return intent.json
    }
    return try charge(intent, call).json
  }

  /// Notes a confirm while another intent of the same top-up may still be paid (invariant 13).
  private mutating func watch(_ intent: StripeIntent) {
    guard let topUp = intent.metadata["topup_id"] else { return }
    for id in intentsByTopUp[topUp] ?? [] where id != intent.id {
      guard let other = intents[id], other.status != .canceled else { continue }
      oddities.append(
        "\(intent.id) of \(topUp) was confirmed while \(id) is \(other.status.rawValue)")
    }
  }

  private func needsAuthentication(
    _ method: StripePaymentMethod, _ intent: StripeIntent
  ) -> Bool {
    if intent.requestThreeDSecure != "automatic", !intent.isOffSession { return true }
    return switch method.card.authentication {
    case .never: false
    case .always: true
    case .unlessSetUp: !(intent.isOffSession && method.isSetUpOffSession)
    case .onSession: !intent.isOffSession
    }
  }

  private mutating func requireAction(_ intent: StripeIntent, _ call: StripeCall) -> JSON {
    var intent = intent
    intent.status = .requiresAction
    intent.nextAction = nextAction(returnURL: intent.returnURL)
    intents.put(intent)
    emit("payment_intent.requires_action", intent, call)
    return intent.json
  }

  func nextAction(returnURL: String?) -> JSON {
    guard let returnURL else {
      return ["type": "use_stripe_sdk", "use_stripe_sdk": ["type": "three_d_secure_redirect"]]
    }
    return [
      "redirect_to_url": [
        "return_url": .string(returnURL), "url": "https://hooks.stripe.com/redirect/authenticate",
      ],
      "type": "redirect_to_url",
    ]
  }

  // MARK: The issuer's answer

  /// Asks the issuer, authentication being done or not needed.
  mutating func charge(
    _ intent: StripeIntent, _ call: StripeCall
  ) throws(StripeFailure) -> StripeIntent {
    guard let method = intent.paymentMethod.flatMap({ methods[$0] }) else {
      throw unexpected(intent, "charge")
    }
    if let decline = call.decline ?? method.card.decline { throw fail(intent, decline, call) }
    if method.hasExpired(at: call.now) { throw fail(intent, .expired, call) }
    var intent = intent
    var charge = newCharge(intent, method, call)
    intent.latestCharge = charge.id
    intent.lastError = nil
    intent.nextAction = nil
    if intent.captureMethod == "manual" {
      charges.put(charge)
      intent.status = .requiresCapture
      intent.amountCapturable = intent.amount
      intents.put(intent)
      emit("payment_intent.amount_capturable_updated", intent, call)
    } else {
      charge.amountCaptured = charge.amount
      charges.put(charge)
      intent = complete(intent, charge, call)
    }
    if intent.setupFutureUsage != nil, let customer = intent.customer {
      _ = try attach(method.id, to: customer, call)
      methods.update(method.id) { $0.isSetUpOffSession = true }
    } else if method.customer == nil {
      // Used once without belonging to anybody: spent.
      methods.update(method.id) { $0.isSpent = true }
    }
    return intent
  }

  private mutating func complete(
    _ intent: StripeIntent, _ charge: StripeCharge, _ call: StripeCall
  ) -> StripeIntent {
    var intent = intent
    intent.status = .succeeded
    intent.amountReceived = charge.amountCaptured
    intent.amountCapturable = 0
    intents.put(intent)
    emit("charge.succeeded", charge, call)
    emit("payment_intent.succeeded", intent, call)
    agenda.put(
      .settle(charge: charge.id), at: call.now.advanced(by: configuration.settleDelay))
    let later = call.now.advanced(by: configuration.disputeDelay)
    switch charge.paymentMethod.card.aftermath {
    case .disputes(let kinds):
      for kind in kinds { agenda.put(.dispute(charge: charge.id, kind), at: later) }
    case .fraudWarning: agenda.put(.warnOfFraud(charge: charge.id), at: later)
    case .nothing, .pendingRefund, .failingRefund: break
    }
    return intent
  }

  mutating func capture(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    let intent = try intent(id)
    guard intent.status == .requiresCapture, let chargeID = intent.latestCharge,
      var charge = charges[chargeID]
    else { throw unexpected(intent, "capture") }
    let amount = call.parameters.integer("amount_to_capture") ?? intent.amount
    guard amount <= intent.amount else {
      throw .invalid("amount_too_large", "Above the authorised amount.", param: "amount_to_capture")
    }
    charge.amountCaptured = amount
    charges.put(charge)
    return complete(intent, charge, call).json
  }

  /// Notes a failed attempt and words its refusal; the intent waits for another try.
  mutating func fail(
    _ intent: StripeIntent, _ decline: CardDecline, _ call: StripeCall
  ) -> StripeFailure {
    var intent = intent
    var failure = StripeFailure.card(decline)
    if let method = intent.paymentMethod.flatMap({ methods[$0] }) {
      var charge = newCharge(intent, method, call)
      charge.failure = decline
      charges.put(charge)
      intent.latestCharge = charge.id
      failure.charge = charge.id
      failure.paymentMethod = method.json
      emit("charge.failed", charge, call)
    }
    intent.lastError = failure.json(requestID: call.requestID ?? "")["error"]
    intent.status = .requiresPaymentMethod
    intent.paymentMethod = nil
    intent.nextAction = nil
    intents.put(intent)
    emit("payment_intent.payment_failed", intent, call)
    failure.paymentIntent = intent.json
    return failure
  }

  private mutating func newCharge(
    _ intent: StripeIntent, _ method: StripePaymentMethod, _ call: StripeCall
  ) -> StripeCharge {
    var charge = StripeCharge(
      id: newID("ch_3"), intent: intent.id, created: call.now, amount: intent.amount,
      currency: intent.currency, customer: intent.customer, paymentMethod: method,
      metadata: intent.metadata, description: intent.description,
      statementDescriptorSuffix: intent.statementDescriptorSuffix)
    charge.assessedRisk = call.riskLevel
    return charge
  }

  // MARK: Later

  mutating func finishProcessing(_ id: String, _ call: StripeCall) {
    guard let intent = intents[id], intent.status == .processing else { return }
    // A decline is told by its events alone: nobody waits for an answer.
    _ = try? charge(intent, call)
  }

  /// The capture settles: the fee is known.
  mutating func settle(_ id: String, _ call: StripeCall) {
    guard var charge = charges[id], charge.balanceTransaction == nil else { return }
    let fee = (charge.amountCaptured * configuration.feeBasisPoints + 9_999) / 10_000
    let isInstant = charge.paymentMethod.card.token == "bypassPending"
    let transaction = post(
      charge.amountCaptured, fee: fee + configuration.feeFixed, charge.currency, "charge", id,
      call, isInstant: isInstant)
    charge.balanceTransaction = transaction.id
    charges.put(charge)
    emit("charge.updated", charge, call, previous: ["balance_transaction": nil])
  }

  mutating func post(
    _ amount: Int64, fee: Int64, _ currency: String, _ category: String, _ source: String,
    _ call: StripeCall, isInstant: Bool = true
  ) -> StripeBalanceTransaction {
    let delay = isInstant ? .zero : configuration.availableDelay
    let transaction = StripeBalanceTransaction(
      id: newID("txn_3"), amount: amount, fee: fee, currency: currency, category: category,
      source: source, created: call.now, availableOn: call.now.advanced(by: delay))
    transactions.put(transaction)
    return transaction
  }

  /// What the account holds, per currency.
  func balance(now: UnixTime) -> JSON {
    var available: [String: Int64] = [:]
    var pending: [String: Int64] = [:]
    for transaction in transactions.newestFirst {
      if transaction.availableOn <= now {
        available[transaction.currency, default: 0] += transaction.net
      } else {
        pending[transaction.currency, default: 0] += transaction.net
      }
    }
    let shown = { (sums: [String: Int64]) -> JSON in
      .array(
        sums.sorted { $0.key < $1.key }.map { currency, amount in
          [
            "amount": .integer(amount), "currency": .string(currency),
            "source_types": ["card": .integer(amount)],
          ]
        })
    }
    return [
      "object": "balance", "available": shown(available), "livemode": false,
      "pending": shown(pending),
    ]
  }
}
