import StrictJSON
import TopUpCore

extension SimulatedStripe {
  /// The cardholder's bank takes the money back, or, as an inquiry, asks first.
  ///
  /// - Returns: nil when there is no such paid charge.
  mutating func openDispute(
    of chargeID: String, _ kind: TestCard.DisputeKind, _ call: StripeCall
  ) -> StripeDispute? {
    guard var charge = charges[chargeID], charge.isPaid else { return nil }
    let amount = charge.amountCaptured - charge.amountRefunded
    guard amount > 0 else { return nil }
    var dispute = StripeDispute(
      id: newID("du_1"), charge: chargeID, intent: charge.intent, amount: amount,
      currency: charge.currency, kind: kind, brand: charge.paymentMethod.card.brand,
      created: call.now, status: kind == .inquiry ? .warningNeedsResponse : .needsResponse)
    if !dispute.isInquiry {
      charge.isDisputed = true
      charges.put(charge)
      dispute.transactions.append(
        post(
          -amount, fee: StripeDispute.feeMinorUnits, charge.currency, "dispute", dispute.id, call))
    }
    disputes.put(dispute)
    emit("charge.dispute.created", dispute, call)
    if !dispute.isInquiry { emit("charge.dispute.funds_withdrawn", dispute, call) }
    return dispute
  }

  mutating func warnOfFraud(_ chargeID: String, _ call: StripeCall) {
    guard let charge = charges[chargeID] else { return }
    let id = newID("issfr_1")
    let warning: JSON = [
      "id": .string(id), "object": "radar.early_fraud_warning", "actionable": true,
      "charge": .string(chargeID), "created": .integer(call.now.seconds),
      "fraud_type": "made_with_stolen_card", "livemode": false,
      "payment_intent": .string(charge.intent),
    ]
    emit("radar.early_fraud_warning.created", id: id, warning, call)
  }

  /// Evidence decides: `winning_evidence` or `losing_evidence` (Stripe docs, "Testing").
  mutating func updateDispute(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    var dispute = try openDispute(id)
    dispute.metadata = call.parameters.metadata(updating: dispute.metadata)
    if let evidence = call.parameters.table("evidence")?.text("uncategorized_text") {
      dispute.evidence = evidence
      if call.parameters.text("submit") != "false", !dispute.isInquiry {
        dispute.status = .underReview
      }
    }
    disputes.put(dispute)
    emit("charge.dispute.updated", dispute, call)
    switch (dispute.status, dispute.evidence) {
    case (.underReview, "winning_evidence"): dispute = close(dispute, won: true, call)
    case (.underReview, "losing_evidence"): dispute = close(dispute, won: false, call)
    default: break
    }
    return dispute.json
  }

  mutating func acceptDispute(_ id: String, _ call: StripeCall) throws(StripeFailure) -> JSON {
    close(try openDispute(id), won: false, call).json
  }

  /// Ends a dispute; a won one gives back exactly what was taken, without the fee.
  mutating func close(
    _ dispute: StripeDispute, won: Bool, _ call: StripeCall
  ) -> StripeDispute {
    var dispute = dispute
    dispute.status = dispute.isInquiry ? .warningClosed : won ? .won : .lost
    if won, !dispute.isInquiry {
      dispute.transactions.append(
        post(dispute.amount, fee: 0, dispute.currency, "dispute_reversal", dispute.id, call))
      disputes.put(dispute)
      emit("charge.dispute.funds_reinstated", dispute, call)
    }
    disputes.put(dispute)
    emit("charge.dispute.closed", dispute, call)
    return dispute
  }

  private func openDispute(_ id: String) throws(StripeFailure) -> StripeDispute {
    let dispute = try known("dispute", id, disputes[id])
    guard !dispute.status.isClosed else {
      throw .invalid("dispute_already_closed", "This dispute is already closed.")
    }
    return dispute
  }
}
