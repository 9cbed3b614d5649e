extension StripeEndpoint {
  /// The parameters that the endpoint knows, as of 2026-10-28.endive; those that a top-up service
  /// has no use for are left out and so refused.
  var schema: ParameterSchema {
    switch self {
    case .createCustomer, .updateCustomer: ParameterSchema(rules: Self.customerFields)
    case .createSetupIntent: ParameterSchema(rules: Self.setupFields)
    case .confirmSetupIntent:
      ParameterSchema(rules: [
        "payment_method": .text, "return_url": .text, "payment_method_types": Self.retiredTypes,
        "payment_method_options": Self.methodOptions, "use_stripe_sdk": .boolean,
      ])
    case .cancelSetupIntent:
      ParameterSchema(rules: [
        "cancellation_reason": .oneOf(["abandoned", "duplicate", "requested_by_customer"])
      ])
    case .updateMethod:
      ParameterSchema(rules: [
        "allow_redisplay": .oneOf(["always", "limited", "unspecified"]), "metadata": .metadata,
        "billing_details": .table(["email": .text, "name": .text, "phone": .text]),
        "card": .table(["exp_month": .integer(1...12), "exp_year": .integer(2024...2099)]),
      ])
    case .attach: ParameterSchema(rules: ["customer": .text], required: ["customer"])
    case .createIntent:
      ParameterSchema(rules: Self.intentFields, required: ["amount", "currency"])
    case .updateIntent: ParameterSchema(rules: Self.intentUpdateFields)
    case .confirmIntent: ParameterSchema(rules: Self.confirmFields)
    case .cancelIntent:
      ParameterSchema(rules: [
        "cancellation_reason":
          .oneOf(["duplicate", "fraudulent", "requested_by_customer", "abandoned"])
      ])
    case .captureIntent: ParameterSchema(rules: ["amount_to_capture": .integer(1...99_999_999)])
    case .createRefund:
      ParameterSchema(rules: [
        "payment_intent": .text, "charge": .text, "amount": .integer(1...99_999_999),
        "reason": .oneOf(["duplicate", "fraudulent", "requested_by_customer"]),
        "metadata": .metadata,
      ])
    case .updateRefund: ParameterSchema(rules: ["metadata": .metadata])
    case .updateDispute:
      ParameterSchema(rules: [
        "evidence": .table(["uncategorized_text": .text]), "submit": .boolean,
        "metadata": .metadata,
      ])
    case .customerMethods, .listMethods, .listSetupIntents, .listIntents, .listCharges,
      .listRefunds, .listDisputes, .listEvents, .listBalanceTransactions:
      listSchema
    case .customer, .deleteCustomer, .customerMethod, .setupIntent, .method, .detach, .intent,
      .charge, .refund, .dispute, .closeDispute, .event, .balance, .balanceTransaction:
      ParameterSchema(rules: [:])
    }
  }

  private var listSchema: ParameterSchema {
    var rules: [String: ParameterRule] = [
      "limit": .integer(1...100), "starting_after": .text, "ending_before": .text,
    ]
    var required: [String] = []
    switch self {
    case .listMethods:
      rules["customer"] = .text
      rules["type"] = .oneOf(["card"])
      required = ["customer"]  // Stripe lists all treasury methods without it: never meant.
    case .customerMethods: rules["type"] = .oneOf(["card"])
    case .listIntents, .listSetupIntents:
      rules["customer"] = .text
      rules["created"] = .timeRange
    case .listCharges:
      rules["customer"] = .text
      rules["payment_intent"] = .text
      rules["created"] = .timeRange
    case .listRefunds, .listDisputes:
      rules["payment_intent"] = .text
      rules["charge"] = .text
      rules["created"] = .timeRange
    case .listEvents:
      rules["type"] = .text
      rules["types"] = .list(.text, countMax: 20)
      rules["created"] = .timeRange
      rules["delivery_success"] = .boolean
    default:
      rules["source"] = .text
      rules["type"] = .text
      rules["created"] = .timeRange
    }
    return ParameterSchema(rules: rules, required: required)
  }

  // MARK: Groups of parameters

  private static let retiredTypes = ParameterRule.retired(
    code: "payment_method_types_no_longer_supported",
    message: "`payment_method_types` can no longer be set; use `allowed_payment_method_types`.")

  private static let methodOptions = ParameterRule.table([
    "card": .table(["request_three_d_secure": .oneOf(["automatic", "any", "challenge"])])
  ])

  private static let automaticMethods = ParameterRule.table([
    "enabled": .boolean, "allow_redirects": .oneOf(["always", "never"]),
  ])

  private static let customerFields: [String: ParameterRule] = [
    "email": .text, "name": .text, "phone": .text, "description": .text, "metadata": .metadata,
    "invoice_settings": .table(["default_payment_method": .text]),
    "tax_exempt": .oneOf(["none", "exempt", "reverse"]),
  ]

  private static let setupFields: [String: ParameterRule] = [
    "customer": .text, "usage": .oneOf(["off_session", "on_session"]),
    "allowed_payment_method_types": .list(.oneOf(["card"]), countMax: 1),
    "automatic_payment_methods": automaticMethods, "payment_method_types": retiredTypes,
    "payment_method": .text, "confirm": .boolean, "return_url": .text, "description": .text,
    "payment_method_options": methodOptions, "metadata": .metadata, "use_stripe_sdk": .boolean,
  ]

  private static let confirmFields: [String: ParameterRule] = [
    "payment_method": .text, "off_session": .oneOf(["true", "false", "one_off", "recurring"]),
    "error_on_requires_action": .boolean, "return_url": .text,
    "amount_to_confirm": .integer(1...99_999_999), "payment_method_types": retiredTypes,
    "payment_method_options": methodOptions, "receipt_email": .text, "use_stripe_sdk": .boolean,
    "setup_future_usage": .oneOf(["off_session", "on_session"]),
  ]

  private static let intentUpdateFields: [String: ParameterRule] = [
    "amount": .integer(0...Int64.max), "currency": .text, "customer": .text,
    "payment_method": .text, "description": .text, "metadata": .metadata,
    "statement_descriptor": .text, "statement_descriptor_suffix": .text, "receipt_email": .text,
    "setup_future_usage": .oneOf(["off_session", "on_session"]),
    "payment_method_options": methodOptions, "payment_method_types": retiredTypes,
  ]

  private static let intentFields: [String: ParameterRule] = intentUpdateFields.merging([
    "confirm": .boolean, "off_session": .oneOf(["true", "false", "one_off", "recurring"]),
    "error_on_requires_action": .boolean, "return_url": .text, "use_stripe_sdk": .boolean,
    "capture_method": .oneOf(["automatic_async", "automatic", "manual"]),
    "allowed_payment_method_types": .list(.oneOf(["card"]), countMax: 1),
    "automatic_payment_methods": automaticMethods,
  ]) { $1 }
}
