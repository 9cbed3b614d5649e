import StrictJSON
import TopUpCore

extension SimulatedStripe {
  /// Gives money back: never more than is left of the charge, pending refunds counted.
  mutating func createRefund(_ call: StripeCall) throws(StripeFailure) -> JSON {
    var charge = try refundableCharge(call.parameters)
    let left = charge.amountCaptured - charge.amountRefunded
    guard left > 0 else {
      throw .invalid(
        "charge_already_refunded", "Charge \(charge.id) has already been refunded.")
    }
    let amount = call.parameters.integer("amount") ?? left
    guard amount <= left else {
      throw .invalid(
        nil, "Refund amount (\(amount)) is greater than unrefunded amount on charge (\(left)).",
        param: "amount")
    }
    var refund = StripeRefund(
      id: newID("re_3"), charge: charge.id, intent: charge.intent, amount: amount,
      currency: charge.currency, reason: call.parameters.text("reason"), created: call.now,
      metadata: call.parameters.metadata(), status: .succeeded)
    let later = call.now.advanced(by: configuration.refundDelay)
    switch charge.paymentMethod.card.aftermath {
    case .pendingRefund:
      refund.status = .pending
      agenda.put(.endRefund(refund.id), at: later)
    case .failingRefund: agenda.put(.endRefund(refund.id), at: later)
    case .nothing, .disputes, .fraudWarning: break
    }
    if refund.status == .succeeded {
      refund.balanceTransaction =
        post(-amount, fee: 0, charge.currency, "refund", refund.id, call).id
    }
    let previous: JSON = ["amount_refunded": .integer(charge.amountRefunded)]
    charge.amountRefunded += amount
    charges.put(charge)
    refunds.put(refund)
    emit("refund.created", refund, call)
    emit("charge.refunded", charge, call, previous: previous)
    return refund.json
  }

  private func refundableCharge(_ asked: Parameters) throws(StripeFailure) -> StripeCharge {
    var id = asked.text("charge")
    if let intentID = asked.text("payment_intent") {
      guard id == nil else {
        throw .invalid(
          nil, "You may only specify one of these parameters: payment_intent, charge.")
      }
      guard let intent = intents[intentID] else {
        throw .missing("payment_intent", intentID, param: "payment_intent")
      }
      guard intent.status == .succeeded else {
        throw .invalid(
          "payment_intent_unexpected_state",
          "This PaymentIntent (\(intentID)) does not have a successful charge to refund.",
          param: "payment_intent")
      }
      id = intent.latestCharge
    }
    guard let id else {
      throw .invalid(
        "parameter_missing",
        "One of the following params should be provided for this request: "
          + "payment_intent or charge.", param: "payment_intent")
    }
    guard let charge = charges[id] else { throw .missing("charge", id, param: "charge") }
    guard charge.isPaid, charge.amountCaptured > 0 else {
      throw .invalid(nil, "Charge \(id) was not successful and cannot be refunded.")
    }
    let isHeld = disputes.newestFirst.contains { $0.charge == id && !$0.isInquiry }
    guard !isHeld else {
      throw .invalid("charge_disputed", "Charge \(id) has been charged back; cannot refund.")
    }
    return charge
  }

  mutating func updateRefund(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var refund = try known("refund", id, refunds[id])
    refund.metadata = call.parameters.metadata(updating: refund.metadata)
    refunds.put(refund)
    emit("refund.updated", refund, call)
    return refund.json
  }

  /// The late end of a refund: one was pending and succeeds, another had succeeded and fails.
  mutating func endRefund(_ id: String, _ call: StripeCall) {
    guard var refund = refunds[id], var charge = charges[refund.charge] else { return }
    switch refund.status {
    case .pending:
      refund.status = .succeeded
      refund.balanceTransaction =
        post(-refund.amount, fee: 0, refund.currency, "refund", id, call).id
      refunds.put(refund)
      emit("refund.updated", refund, call, previous: ["status": "pending"])
    case .succeeded:
      refund.status = .failed
      refund.failureReason = "expired_or_canceled_card"
      _ = post(refund.amount, fee: 0, refund.currency, "refund_failure", id, call)
      let previous: JSON = ["amount_refunded": .integer(charge.amountRefunded)]
      charge.amountRefunded -= refund.amount
      refunds.put(refund)
      charges.put(charge)
      emit("refund.updated", refund, call, previous: ["status": "succeeded"])
      emit("refund.failed", refund, call)
      emit("charge.updated", charge, call, previous: previous)
    case .failed, .canceled: break
    }
  }

  /// A refund that is pending never reaches the bank: nothing has moved, and the charge can be refunded
  /// again.
  ///
  /// - Returns: nil when there is none that is pending.
  mutating func cancelRefund(_ id: String, _ call: StripeCall) -> JSON? {
    guard var refund = refunds[id], refund.status == .pending, var charge = charges[refund.charge]
    else { return nil }
    refund.status = .canceled
    let previous: JSON = ["amount_refunded": .integer(charge.amountRefunded)]
    charge.amountRefunded -= refund.amount
    refunds.put(refund)
    charges.put(charge)
    emit("refund.updated", refund, call, previous: ["status": "pending"])
    emit("charge.updated", charge, call, previous: previous)
    return refund.json
  }
}
