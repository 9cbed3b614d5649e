import StrictJSON
import TopUpCore

extension SimulatedStripe {
  /// The list endpoints that filter by plain fields, newest first.
  func list(_ endpoint: StripeEndpoint, _ call: StripeCall) throws(StripeFailure) -> JSON {
    let asked = call.parameters
    let fits = { (name: String, value: String?) in
      asked.text(name).map { $0 == value } ?? true
    }
    switch endpoint {
    case .listIntents:
      return try page("/v1/payment_intents", intents, call) {
        fits("customer", $0.customer) && asked.admits($0.created, "created")
      }
    case .listSetupIntents:
      return try page("/v1/setup_intents", setups, call) {
        fits("customer", $0.customer) && asked.admits($0.created, "created")
      }
    case .listCharges:
      return try page("/v1/charges", charges, call) {
        fits("customer", $0.customer) && fits("payment_intent", $0.intent)
          && asked.admits($0.created, "created")
      }
    case .listRefunds:
      return try page("/v1/refunds", refunds, call) {
        fits("charge", $0.charge) && fits("payment_intent", $0.intent)
          && asked.admits($0.created, "created")
      }
    case .listDisputes:
      return try page("/v1/disputes", disputes, call) {
        fits("charge", $0.charge) && fits("payment_intent", $0.intent)
          && asked.admits($0.created, "created")
      }
    case .listEvents: return try listEvents(call)
    case .listBalanceTransactions:
      return try page("/v1/balance_transactions", transactions, call) {
        fits("source", $0.source) && fits("type", $0.type)
          && asked.admits($0.created, "created")
      }
    default: throw .invalid(nil, "This is no list.")
    }
  }

  /// The cards attached to a customer.
  func listMethods(of customer: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    if customers[customer]?.isDeleted ?? true {
      throw .missing("customer", customer, param: "customer")
    }
    return try page("/v1/payment_methods", methods, call) { $0.customer == customer }
  }

  /// Events of the last 30 days: Stripe keeps none longer.
  private func listEvents(_ call: StripeCall) throws(StripeFailure) -> JSON {
    let asked = call.parameters
    let types = asked.texts("types")
    if asked.has("type"), !types.isEmpty {
      throw .invalid(nil, "You may only specify one of these parameters: type, types.")
    }
    let oldest = call.now.advanced(by: .seconds(-30 * 86_400))
    return try page("/v1/events", events, call) { event in
      if let type = asked.text("type"), !Self.matches(event.type, type) { return false }
      if !types.isEmpty, !types.contains(where: { Self.matches(event.type, $0) }) { return false }
      if let wanted = asked.text("delivery_success"), (wanted == "true") != event.isDelivered {
        return false
      }
      return event.created > oldest && asked.admits(event.created, "created")
    }
  }

  /// `charge.*` stands for all types that begin so.
  private static func matches(_ type: String, _ pattern: String) -> Bool {
    pattern.hasSuffix("*") ? type.hasPrefix(pattern.dropLast()) : type == pattern
  }

  /// One page: after an object towards the past, or before one towards the present.
  private func page<Item: StripeObject>(
    _ url: String, _ shelf: Shelf<Item>, _ call: StripeCall, where admits: (Item) -> Bool
  ) throws(StripeFailure) -> JSON {
    let limit = Int(call.parameters.integer("limit") ?? 10)
    let (after, before) = (
      call.parameters.text("starting_after"), call.parameters.text("ending_before")
    )
    if after != nil, before != nil {
      throw .invalid(
        nil, "You may only specify one of these parameters: starting_after, ending_before.")
    }
    var found: [Item] = []
    var cursorSeen = after == nil && before == nil
    for item in shelf.newestFirst {
      if item.id == before {
        cursorSeen = true
        break
      }
      if cursorSeen || before != nil, admits(item) { found.append(item) }
      if item.id == after { cursorSeen = true }
    }
    guard cursorSeen else {
      let name = after == nil ? "ending_before" : "starting_after"
      throw .missing("object", after ?? before ?? "", param: name)
    }
    // Towards the present, the page is the one that touches the cursor.
    let shown = before == nil ? found.prefix(limit) : found.suffix(limit)
    return [
      "object": "list", "data": .array(shown.map(\.json)),
      "has_more": .bool(shown.count < found.count), "url": .string(url),
    ]
  }
}
