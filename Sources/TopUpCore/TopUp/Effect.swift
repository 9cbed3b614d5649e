/// The next outside call of a top-up. At most one is under way.
package enum Effect: Sendable, Hashable {
  case createIntent(CreateIntent)
  case confirmIntent(ConfirmIntent)
  case cancelIntent(PaymentIntentID, key: IdempotencyKey)
  /// How does that intent stand? Never moves money.
  case askIntent(PaymentIntentID)
  /// Did a create whose reply was lost make an intent?
  case findIntent(customer: CustomerID, since: UnixTime, attempt: Int)
  case askQuote(QuoteRequest)
  /// The processor is read again just before an order is sent (invariant 32).
  case rereadBeforeOrder(PaymentIntentID)
  case createOrder(CreateOrder)
  case askOrder(ClientOrderID)
  case cancelOrder(ClientOrderID)
  /// Has our own node made the block of the deposit final (invariant 30)?
  case askFinality(UInt64)
  case createRefund(CreateRefund)
  case askRefunds(PaymentIntentID)

  /// Whether the other side may do something when it is sent: then a lost answer means doubt.
  package var isPost: Bool {
    switch self {
    case .createIntent, .confirmIntent, .cancelIntent, .createOrder, .cancelOrder, .createRefund:
      true
    case .askIntent, .findIntent, .askQuote, .rereadBeforeOrder, .askOrder, .askFinality,
      .askRefunds:
      false
    }
  }

  /// Whether it waits until the store is known to be the newest (invariant 50): it may do something,
  /// or what its answer leads to counts as sent.
  package var needsNewestStore: Bool {
    if case .rereadBeforeOrder = self { return true }
    return isPost
  }

  /// Its name in logs and tables.
  package var name: String {
    switch self {
    case .createIntent: "create_intent"
    case .confirmIntent: "confirm_intent"
    case .cancelIntent: "cancel_intent"
    case .askIntent: "ask_intent"
    case .findIntent: "find_intent"
    case .askQuote: "ask_quote"
    case .rereadBeforeOrder: "reread_before_order"
    case .createOrder: "create_order"
    case .askOrder: "ask_order"
    case .cancelOrder: "cancel_order"
    case .askFinality: "ask_finality"
    case .createRefund: "create_refund"
    case .askRefunds: "ask_refunds"
    }
  }
}
