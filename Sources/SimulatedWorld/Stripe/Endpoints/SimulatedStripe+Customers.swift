import StrictJSON
import TopUpCore

extension SimulatedStripe {
  /// - Parameter evenDeleted: a deleted customer can still be seen, but serves for nothing.
  func customer(
    _ id: String, param: String = "id", evenDeleted: Bool = false
  ) throws(StripeFailure) -> StripeCustomer {
    guard let customer = customers[id], evenDeleted || !customer.isDeleted else {
      throw .missing("customer", id, param: param)
    }
    return customer
  }

  mutating func createCustomer(_ call: StripeCall) throws(StripeFailure) -> JSON {
    var customer = StripeCustomer(id: newID("cus_"), created: call.now)
    apply(call.parameters, to: &customer)
    if call.parameters.table("invoice_settings")?.has("default_payment_method") == true {
      throw .missing(
        "payment method", customer.defaultPaymentMethod ?? "",
        param: "invoice_settings[default_payment_method]")
    }
    customers.put(customer)
    emit("customer.created", customer, call)
    return customer.json
  }

  mutating func updateCustomer(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var customer = try customer(id)
    if let method = call.parameters.table("invoice_settings")?.text("default_payment_method") {
      _ = try ownedMethod(method, of: id)
    }
    apply(call.parameters, to: &customer)
    customers.put(customer)
    emit("customer.updated", customer, call)
    return customer.json
  }

  mutating func deleteCustomer(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var customer = try customer(id)
    for method in methods.newestFirst where method.customer == id { spend(method, call) }
    customer.isDeleted = true
    customers.put(customer)
    emit("customer.deleted", customer, call)
    return customer.json
  }

  private func apply(_ parameters: Parameters, to customer: inout StripeCustomer) {
    if parameters.has("email") { customer.email = parameters.text("email") }
    if parameters.has("name") { customer.name = parameters.text("name") }
    if parameters.has("phone") { customer.phone = parameters.text("phone") }
    if parameters.has("description") { customer.description = parameters.text("description") }
    if let settings = parameters.table("invoice_settings") {
      customer.defaultPaymentMethod = settings.text("default_payment_method")
    }
    customer.metadata = parameters.metadata(updating: customer.metadata)
  }
}
