internal import StrictJSON
package import TopUpCore

/// Customers and their cards.
extension StripeClient {
  package func createCustomer(_ request: CreateCustomer) async -> OutsideResult<CustomerID> {
    var form = StripeForm()
    form.add("email", value: .filled(request.email))
    form.add("metadata", StripeMetadata.store, value: .text(request.store))
    form.add("metadata", StripeMetadata.tenant, value: .text(request.tenant))
    form.add("metadata", StripeMetadata.user, value: .text(request.user))
    return await call(.post("customers", key: request.key, form: form), reader.customer)
  }

  package func nameCustomer(
    _ id: CustomerID, after store: String, key: IdempotencyKey
  ) async -> OutsideResult<CustomerID> {
    var form = StripeForm()
    form.add("metadata", StripeMetadata.store, value: .text(store))
    return await call(.post("customers", id.rawValue, key: key, form: form)) {
      json throws(Unreadable) in
      let named = try reader.customer(json)
      guard named == id else { throw Unreadable("another customer") }
      return named
    }
  }

  package func createSetupIntent(
    _ request: CreateSetupIntent
  ) async -> OutsideResult<SetupIntentSnapshot> {
    var form = StripeForm()
    form.add("customer", value: .text(request.customer.rawValue))
    form.add("usage", value: "off_session")
    form.add("allowed_payment_method_types", value: .list(["card"]))
    form.add("payment_method", value: request.paymentMethod.map { .text($0.rawValue) })
    return await call(.post("setup_intents", key: request.key, form: form), reader.setupIntent)
  }

  package func setupIntent(_ id: SetupIntentID) async -> OutsideResult<SetupIntentSnapshot> {
    await call(.get("setup_intents", id.rawValue)) { json throws(Unreadable) in
      let snapshot = try reader.setupIntent(json)
      guard snapshot.id == id else { throw Unreadable("another setup_intent") }
      return snapshot
    }
  }

  package func paymentMethods(of customer: CustomerID) async -> OutsideResult<[CardSnapshot]> {
    var form = StripeForm()
    form.add("type", value: "card")
    return await all(
      .get("customers", customer.rawValue, "payment_methods", form: form)
    ) { json throws(Unreadable) in
      try reader.card(json)
    }
  }

  package func paymentMethod(
    _ id: PaymentMethodID, of customer: CustomerID
  ) async -> OutsideResult<CardSnapshot> {
    // By the customer's own path: it answers for nobody else's card.
    await card(id, .get("customers", customer.rawValue, "payment_methods", id.rawValue))
  }

  package func attach(
    _ id: PaymentMethodID, to customer: CustomerID, key: IdempotencyKey
  ) async -> OutsideResult<CardSnapshot> {
    var form = StripeForm()
    form.add("customer", value: .text(customer.rawValue))
    // Test names such as `pm_card_visa` answer with the new card's own id.
    return await call(
      .post("payment_methods", id.rawValue, "attach", key: key, form: form), reader.card)
  }

  package func updateCard(_ request: UpdateCard) async -> OutsideResult<CardSnapshot> {
    var form = StripeForm()
    form.add("card", "exp_month", value: .integer(Int64(request.expiryMonth)))
    form.add("card", "exp_year", value: .integer(Int64(request.expiryYear)))
    return await card(
      request.id,
      .post("payment_methods", request.id.rawValue, key: request.key, form: form))
  }

  package func detach(
    _ id: PaymentMethodID, key: IdempotencyKey
  ) async -> OutsideResult<CardSnapshot> {
    await card(id, .post("payment_methods", id.rawValue, "detach", key: key))
  }

  private func card(
    _ id: PaymentMethodID, _ request: StripeRequest
  ) async -> OutsideResult<CardSnapshot> {
    await call(request) { json throws(Unreadable) in
      let card = try reader.card(json)
      guard card.id == id else { throw Unreadable("another payment_method") }
      return card
    }
  }
}
