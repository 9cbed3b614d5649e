import StrictJSON
import TopUpCore

extension SimulatedStripe {
  func method(
    _ id: String, param: String = "id"
  ) throws(StripeFailure) -> StripePaymentMethod {
    guard let method = methods[id] else { throw .missing("PaymentMethod", id, param: param) }
    return method
  }

  /// A card of that customer's own.
  func ownedMethod(
    _ id: String, of customer: String
  ) throws(StripeFailure) -> StripePaymentMethod {
    _ = try self.customer(customer)
    guard let method = methods[id], method.customer == customer else {
      throw .missing("PaymentMethod", id)
    }
    return method
  }

  /// The card that a parameter names: a stored one, or a test card, which is made anew.
  mutating func resolveMethod(
    _ name: String, call: StripeCall
  ) throws(StripeFailure) -> StripePaymentMethod {
    if let card = TestCard.named(name) { return makeMethod(card, call) }
    return try method(name, param: "payment_method")
  }

  mutating func makeMethod(_ card: TestCard, _ call: StripeCall) -> StripePaymentMethod {
    let method = StripePaymentMethod(id: newID("pm_1"), card: card, created: call.now)
    methods.put(method)
    return method
  }

  mutating func updateMethod(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var method = try method(id)
    guard method.customer != nil else {
      throw .invalid(
        "payment_method_unexpected_state",
        "You must save this PaymentMethod to a customer before you can update it.")
    }
    if let card = call.parameters.table("card") {
      method.expiryMonth = card.integer("exp_month") ?? method.expiryMonth
      method.expiryYear = card.integer("exp_year") ?? method.expiryYear
    }
    if let billing = call.parameters.table("billing_details") {
      method.billingName = billing.text("name") ?? method.billingName
      method.billingEmail = billing.text("email") ?? method.billingEmail
    }
    method.allowRedisplay = call.parameters.text("allow_redisplay") ?? method.allowRedisplay
    method.metadata = call.parameters.metadata(updating: method.metadata)
    methods.put(method)
    emit("payment_method.updated", method, call)
    return method.json
  }

  mutating func attach(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    try attach(id, to: call.parameters.text("customer") ?? "", call).json
  }

  /// Saves a card with a customer. Cards that decline everything decline this too.
  mutating func attach(
    _ name: String, to customer: String, _ call: StripeCall
  ) throws(StripeFailure) -> StripePaymentMethod {
    _ = try self.customer(customer, param: "customer")
    if TestCard.named(name) == nil, methods[name] == nil {
      throw .missing("PaymentMethod", name)
    }
    var method = try resolveMethod(name, call: call)
    guard !method.isSpent else { throw Self.spent(method) }
    guard method.customer == nil || method.customer == customer else {
      throw .invalid(
        "payment_method_unexpected_state",
        "The payment method you provided has already been attached to a customer.")
    }
    if let decline = method.card.decline, method.card.declinesAtAttach {
      var failure = StripeFailure.card(decline)
      failure.paymentMethod = method.json
      throw failure
    }
    if method.customer == nil {
      method.customer = customer
      methods.put(method)
      emit("payment_method.attached", method, call)
    }
    return method
  }

  mutating func detach(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    let method = try method(id)
    guard let owner = method.customer else {
      throw .invalid(
        nil,
        "The payment method you provided is not attached to a customer so detachment is "
          + "impossible.")
    }
    customers.update(owner) {
      if $0.defaultPaymentMethod == id { $0.defaultPaymentMethod = nil }
    }
    return spend(method, call).json
  }

  /// Takes a card away from its customer, for good.
  @discardableResult
  mutating func spend(_ method: StripePaymentMethod, _ call: StripeCall) -> StripePaymentMethod {
    var spent = method
    let previous: JSON = ["customer": .string(orNull: method.customer)]
    spent.customer = nil
    spent.isSpent = true
    methods.put(spent)
    emit("payment_method.detached", spent, call, previous: previous)
    return spent
  }

  static func spent(_ method: StripePaymentMethod) -> StripeFailure {
    .invalid(
      "payment_method_unexpected_state",
      "This PaymentMethod (\(method.id)) was detached from a Customer, or used before without "
        + "being attached to one, and may not be used again.", param: "payment_method")
  }
}
