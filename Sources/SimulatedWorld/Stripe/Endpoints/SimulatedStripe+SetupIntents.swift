import StrictJSON
import TopUpCore

extension SimulatedStripe {
  func setup(_ id: String) throws(StripeFailure) -> StripeSetupIntent {
    guard let setup = setups[id] else { throw .missing("setupintent", id) }
    return setup
  }

  mutating func createSetupIntent(_ call: StripeCall) throws(StripeFailure) -> JSON {
    let asked = call.parameters
    if asked.has("return_url"), !asked.flag("confirm") {
      throw .invalid(nil, "`return_url` requires `confirm=true`.", param: "return_url")
    }
    if let customer = asked.text("customer") {
      _ = try self.customer(customer, param: "customer")
    }
    let automatic = asked.table("automatic_payment_methods")
    if automatic != nil, asked.has("allowed_payment_method_types") {
      throw .invalid(
        nil,
        "You may only specify one of these parameters: automatic_payment_methods, "
          + "allowed_payment_method_types.")
    }
    var method: StripePaymentMethod?
    if let name = asked.text("payment_method") {
      method = try chargeableMethod(name, customer: asked.text("customer"), call)
    }
    let id = newID("seti_1")
    var setup = StripeSetupIntent(
      id: id, clientSecret: "\(id)_secret_\(generator.token(length: 25))", created: call.now)
    setup.customer = asked.text("customer")
    setup.usage = asked.text("usage") ?? "off_session"
    setup.description = asked.text("description")
    setup.metadata = asked.metadata()
    setup.allowsCardOnly = asked.has("allowed_payment_method_types")
    setup.excludesRedirects = automatic?.text("allow_redirects") == "never"
    setup.requestThreeDSecure = requestedThreeDSecure(asked) ?? "automatic"
    if let method {
      setup.paymentMethod = method.id
      setup.status = .requiresConfirmation
    }
    setups.put(setup)
    emit("setup_intent.created", setup, call)
    return asked.flag("confirm") ? try confirmSetup(id, call) : setup.json
  }

  mutating func confirmSetup(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var setup = try setup(id)
    guard setup.status == .requiresPaymentMethod || setup.status == .requiresConfirmation else {
      throw unexpected(setup, "confirm")
    }
    if !setup.allowsCardOnly, !setup.excludesRedirects, !call.parameters.has("return_url") {
      throw Self.returnURLMissing
    }
    guard let name = call.parameters.text("payment_method") ?? setup.paymentMethod else {
      throw .invalid(
        "setup_intent_unexpected_state",
        "You cannot confirm this SetupIntent because it's missing a payment method.")
    }
    let method = try chargeableMethod(name, customer: setup.customer, call)
    setup.paymentMethod = method.id
    setup.latestAttempt = newID("setatt_1")
    setups.put(setup)
    if let decline = method.card.decline, method.card.declinesAtAttach {
      throw failSetup(setup, decline, call)
    }
    if method.card.authentication != .never || setup.requestThreeDSecure != "automatic" {
      setup.status = .requiresAction
      setup.nextAction = nextAction(returnURL: call.parameters.text("return_url"))
      setups.put(setup)
      emit("setup_intent.requires_action", setup, call)
      return setup.json
    }
    return try succeed(setup, call).json
  }

  /// Saves the card, set up for payments without the person.
  mutating func succeed(
    _ setup: StripeSetupIntent, _ call: StripeCall
  ) throws(StripeFailure) -> StripeSetupIntent {
    var setup = setup
    if let id = setup.paymentMethod {
      if let customer = setup.customer { _ = try attach(id, to: customer, call) }
      methods.update(id) { $0.isSetUpOffSession = setup.usage == "off_session" }
    }
    setup.status = .succeeded
    setup.nextAction = nil
    setup.lastError = nil
    setups.put(setup)
    emit("setup_intent.succeeded", setup, call)
    return setup
  }

  /// - Returns: the refusal to throw, with the intent in it.
  mutating func failSetup(
    _ setup: StripeSetupIntent, _ decline: CardDecline, _ call: StripeCall
  ) -> StripeFailure {
    var setup = setup
    var failure = StripeFailure.card(decline)
    failure.paymentMethod = setup.paymentMethod.flatMap { methods[$0]?.json }
    setup.lastError = failure.json(requestID: call.requestID ?? "")["error"]
    setup.status = .requiresPaymentMethod
    setup.paymentMethod = nil
    setup.nextAction = nil
    setups.put(setup)
    emit("setup_intent.setup_failed", setup, call)
    failure.setupIntent = setup.json
    return failure
  }

  mutating func cancelSetup(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var setup = try setup(id)
    guard setup.status != .succeeded, setup.status != .canceled else {
      throw unexpected(setup, "cancel")
    }
    setup.status = .canceled
    setup.nextAction = nil
    setup.cancellationReason = call.parameters.text("cancellation_reason")
    setups.put(setup)
    emit("setup_intent.canceled", setup, call)
    return setup.json
  }

  private func unexpected(_ setup: StripeSetupIntent, _ verb: String) -> StripeFailure {
    var failure = StripeFailure.invalid(
      "setup_intent_unexpected_state",
      "You cannot \(verb) this SetupIntent because it has a status of \(setup.status.rawValue).")
    failure.setupIntent = setup.json
    return failure
  }
}
