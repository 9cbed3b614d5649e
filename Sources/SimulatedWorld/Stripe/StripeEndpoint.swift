import TopUpCore

/// An operation of Stripe's API, with the id in its path.
enum StripeEndpoint: Hashable {
  case createCustomer, customer(String), updateCustomer(String), deleteCustomer(String)
  case customerMethods(String), customerMethod(String, method: String)
  case createSetupIntent, setupIntent(String), listSetupIntents
  case confirmSetupIntent(String), cancelSetupIntent(String)
  case listMethods, method(String), updateMethod(String), attach(String), detach(String)
  case createIntent, intent(String), updateIntent(String), listIntents
  case confirmIntent(String), cancelIntent(String), captureIntent(String)
  case charge(String), listCharges
  case createRefund, refund(String), updateRefund(String), listRefunds
  case dispute(String), listDisputes, updateDispute(String), closeDispute(String)
  case event(String), listEvents
  case balance, balanceTransaction(String), listBalanceTransactions

  /// - Parameter segments: of the path, `v1` first.
  /// - Returns: nil for what this stand-in does not offer.
  init?(_ method: HTTPRequest.Method, _ segments: [String]) {
    guard segments.first == "v1", (2...5).contains(segments.count),
      segments.allSatisfy({ !$0.isEmpty })
    else { return nil }
    let part = { (index: Int) -> String in index < segments.count ? segments[index] : "" }
    guard
      let found = Self.cards(method, part(1), part(2), part(3), part(4))
        ?? Self.payments(method, part(1), part(2), part(3), part(4))
    else { return nil }
    self = found
  }

  private static func cards(
    _ method: HTTPRequest.Method, _ kind: String, _ id: String, _ verb: String, _ last: String
  ) -> StripeEndpoint? {
    switch (method, kind, id, verb, last) {
    case (.post, "customers", "", "", ""): .createCustomer
    case (.get, "customers", let id, "", "") where !id.isEmpty: .customer(id)
    case (.post, "customers", let id, "", ""): .updateCustomer(id)
    case (.delete, "customers", let id, "", "") where !id.isEmpty: .deleteCustomer(id)
    case (.get, "customers", let id, "payment_methods", ""): .customerMethods(id)
    case (.get, "customers", let id, "payment_methods", let method):
      .customerMethod(id, method: method)
    case (.post, "setup_intents", "", "", ""): .createSetupIntent
    case (.get, "setup_intents", "", "", ""): .listSetupIntents
    case (.get, "setup_intents", let id, "", ""): .setupIntent(id)
    case (.post, "setup_intents", let id, "confirm", ""): .confirmSetupIntent(id)
    case (.post, "setup_intents", let id, "cancel", ""): .cancelSetupIntent(id)
    case (.get, "payment_methods", "", "", ""): .listMethods
    case (.get, "payment_methods", let id, "", ""): .method(id)
    case (.post, "payment_methods", let id, "", "") where !id.isEmpty: .updateMethod(id)
    case (.post, "payment_methods", let id, "attach", ""): .attach(id)
    case (.post, "payment_methods", let id, "detach", ""): .detach(id)
    default: nil
    }
  }

  private static func payments(
    _ method: HTTPRequest.Method, _ kind: String, _ id: String, _ verb: String, _ last: String
  ) -> StripeEndpoint? {
    switch (method, kind, id, verb, last) {
    case (.post, "payment_intents", "", "", ""): .createIntent
    case (.get, "payment_intents", "", "", ""): .listIntents
    case (.get, "payment_intents", let id, "", ""): .intent(id)
    case (.post, "payment_intents", let id, "", ""): .updateIntent(id)
    case (.post, "payment_intents", let id, "confirm", ""): .confirmIntent(id)
    case (.post, "payment_intents", let id, "cancel", ""): .cancelIntent(id)
    case (.post, "payment_intents", let id, "capture", ""): .captureIntent(id)
    case (.get, "charges", "", "", ""): .listCharges
    case (.get, "charges", let id, "", ""): .charge(id)
    case (.post, "refunds", "", "", ""): .createRefund
    case (.get, "refunds", "", "", ""): .listRefunds
    case (.get, "refunds", let id, "", ""): .refund(id)
    case (.post, "refunds", let id, "", ""): .updateRefund(id)
    case (.get, "disputes", "", "", ""): .listDisputes
    case (.get, "disputes", let id, "", ""): .dispute(id)
    case (.post, "disputes", let id, "", "") where !id.isEmpty: .updateDispute(id)
    case (.post, "disputes", let id, "close", ""): .closeDispute(id)
    case (.get, "events", "", "", ""): .listEvents
    case (.get, "events", let id, "", ""): .event(id)
    case (.get, "balance", "", "", ""): .balance
    case (.get, "balance_transactions", "", "", ""): .listBalanceTransactions
    case (.get, "balance_transactions", let id, "", ""): .balanceTransaction(id)
    default: nil
    }
  }
}
