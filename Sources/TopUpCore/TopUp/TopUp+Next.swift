extension TopUp {
  /// The outside call that comes next; nil when there is none to make now.
  ///
  /// Derived from what is committed and nothing else: the row *is* the intention. A POST follows
  /// only from a state that says it has not been sent, a question from one that says it may have
  /// been (invariants 12, 13, 15).
  package func next() -> Effect? {
    switch state {
    case .charging: nextOfCharge()
    case .chargeUnknown: nextOfDoubtfulCharge()
    case .actionRequired: attempt?.intent.map { .askIntent($0) }
    case .charged: nextOfDeposit()
    case .depositing: nextOfOrder()
    case .depositUnknown: order.map { .askOrder(orderID($0.number)) }
    case .orderCancelling: nextOfCancelledOrder()
    case .refunding: nextOfRefund()
    case .refundUnknown: succeededIntent.map { .askRefunds($0) }
    case .reserved, .depositHeld, .credited, .declined, .cancelled, .expired, .refunded,
      .refundFailed, .reversed:
      nil
    case .needsReview: nextOfReview()
    }
  }

  private func nextOfCharge() -> Effect? {
    guard let attempt else { return nil }
    switch attempt.phase {
    case .creating: return create(attempt)
    case .confirming:
      return attempt.intent.map { confirm($0, attempt) }
    case .cancelling, .abandoning:
      // Without its id the intent is made known first: the same request, never confirmed.
      guard let intent = attempt.intent else { return create(attempt) }
      return .cancelIntent(
        intent, key: .chargeCancel(id, attempt: attempt.number, version: version))
    case .processing, .awaitingPerson: return attempt.intent.map { .askIntent($0) }
    case .succeeded, .dead: return nil
    }
  }

  private func nextOfDoubtfulCharge() -> Effect? {
    guard let attempt else { return nil }
    if let intent = attempt.intent { return .askIntent(intent) }
    return .findIntent(
      customer: attempt.card.customer, since: attempt.started, attempt: attempt.number)
  }

  private func create(_ attempt: ChargeAttempt) -> Effect {
    .createIntent(
      CreateIntent(
        topUp: id, attempt: attempt.number, amount: amount, customer: attempt.card.customer,
        paymentMethod: attempt.card.id, description: description,
        key: .chargeCreate(id, attempt: attempt.number)))
  }

  private func confirm(_ intent: PaymentIntentID, _ attempt: ChargeAttempt) -> Effect {
    .confirmIntent(
      ConfirmIntent(
        intent: intent, paymentMethod: attempt.card.id, amount: amount, offSession: !onSession,
        key: .chargeConfirm(id, attempt: attempt.number)))
  }

  private func nextOfDeposit() -> Effect? {
    guard case .ddc(let destination) = account else { return nil }
    if let order, order.phase == .planned {
      return succeededIntent.map { .rereadBeforeOrder($0) }
    }
    return .askQuote(QuoteRequest(side: .fiat(toOrder), cluster: destination.cluster))
  }

  private func nextOfOrder() -> Effect? {
    guard let order, case .ddc(let destination) = account else { return nil }
    switch order.phase {
    case .sending:
      if order.needsReread { return succeededIntent.map { .rereadBeforeOrder($0) } }
      return .createOrder(
        CreateOrder(
          id: orderID(order.number), quote: order.quote.id, destination: destination,
          tokens: order.quote.tokens, paymentReference: paymentReference))
    case .open: return .askOrder(orderID(order.number))
    case .finalizing: return askFinality(order)
    case .cancelling: return .cancelOrder(orderID(order.number))
    case .planned, .dead, .completed: return nil
    }
  }

  private func askFinality(_ order: DepositOrder) -> Effect? {
    order.seen?.evidence.map { .askFinality($0.blockNumber) }
  }

  private func nextOfCancelledOrder() -> Effect? {
    guard let order else { return nil }
    let id = orderID(order.number)
    // A cancel that was refused is not repeated until the order has been looked at.
    return order.phase == .open ? .askOrder(id) : .cancelOrder(id)
  }

  /// While a person is waited for, asking goes on: the answer may settle it. Nothing is sent.
  private func nextOfReview() -> Effect? {
    switch review?.resume {
    case .charging, .chargeUnknown, .actionRequired:
      guard let attempt, attempt.phase != .dead, attempt.phase != .succeeded else { return nil }
      return nextOfDoubtfulCharge()
    case .depositing, .depositUnknown, .orderCancelling:
      guard let order, order.phase != .dead, order.phase != .completed else { return nil }
      return order.phase == .finalizing ? askFinality(order) : .askOrder(orderID(order.number))
    case .refunding, .refundUnknown:
      guard refunds.last?.isUnresolved == true else { return nil }
      return succeededIntent.map { .askRefunds($0) }
    case .reserved, .charged, .depositHeld, .credited, .declined, .cancelled, .expired, .refunded,
      .refundFailed, .reversed, .needsReview, nil:
      return nil
    }
  }

  private func nextOfRefund() -> Effect? {
    guard let refund = refunds.last, let intent = succeededIntent else { return nil }
    switch refund.phase {
    case .sending:
      return .createRefund(
        CreateRefund(topUp: id, intent: intent, amount: refund.amount, key: refundKey(refund)))
    case .pending: return .askRefunds(intent)
    case .succeeded, .failed: return nil
    }
  }

  /// Whether an answer still counts that came when the top-up had moved: what an object is stays true;
  /// a refusal is about a call that is of yesterday, and so is a lost answer, unless that call is the
  /// next one still: then it may have been done (invariant 15).
  package func heeds(_ event: TopUpEvent, of effect: Effect) -> Bool {
    if case .inDoubt = event { return next() == effect }
    return event.showsAnObject
  }

  /// The intent whose success paid for this top-up.
  package var succeededIntent: PaymentIntentID? {
    attempts.last { $0.phase == .succeeded }?.intent
  }

  /// What the ramp is told it was paid with.
  private var paymentReference: String {
    let paid = attempts.last { $0.phase == .succeeded }
    return paid?.charge?.rawValue ?? paid?.intent?.rawValue ?? id.rawValue
  }

  package func refundKey(_ refund: RefundAttempt) -> IdempotencyKey {
    .refund(id, number: refund.number)
  }

  /// The client id of order n.
  package func orderID(_ number: Int) -> ClientOrderID { ClientOrderID(id, number: number) }
}
