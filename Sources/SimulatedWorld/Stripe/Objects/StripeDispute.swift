import StrictJSON
import TopUpCore

struct StripeDispute: StripeObject {
  enum Status: String {
    case warningNeedsResponse = "warning_needs_response"
    case warningClosed = "warning_closed"
    case needsResponse = "needs_response"
    case underReview = "under_review"
    case won
    case lost

    var isClosed: Bool { self == .warningClosed || self == .won || self == .lost }
  }

  let id: String
  let charge: String
  let intent: String
  let amount: Int64
  let currency: String
  let kind: TestCard.DisputeKind
  let brand: String
  let created: UnixTime
  var status: Status
  var evidence: String?
  var metadata: [String: String] = [:]
  /// Withdrawal and, when won, reinstatement; none for an inquiry, which moves no money.
  var transactions: [StripeBalanceTransaction] = []

  /// Stripe's fee for a chargeback, in minor units of the account's currency.
  static let feeMinorUnits: Int64 = 1500

  var isInquiry: Bool { kind == .inquiry }

  var json: JSON {
    let due = created.advanced(by: .seconds(7 * 86_400))
    return [
      "id": .string(id), "object": "dispute", "amount": .integer(amount),
      "balance_transactions": .array(transactions.map(\.json)), "charge": .string(charge),
      "created": .integer(created.seconds), "currency": .string(currency),
      "enhanced_eligibility_types": [],
      "evidence": ["enhanced_evidence": [:], "uncategorized_text": .string(orNull: evidence)],
      "evidence_details": [
        "due_by": .integer(due.seconds), "enhanced_eligibility": [:],
        "has_evidence": .bool(evidence != nil), "past_due": false,
        "submission_count": evidence == nil ? 0 : 1,
        "submission_method": evidence == nil ? "not_submitted" : "api",
      ],
      "is_charge_refundable": .bool(isInquiry && !status.isClosed), "livemode": false,
      "metadata": .metadata(metadata), "network_reason_code": "10.4",
      "payment_intent": .string(intent),
      "payment_method_details": [
        "card": [
          "brand": .string(brand), "case_type": isInquiry ? "inquiry" : "chargeback",
          "network": .string(brand), "network_reason_code": "10.4",
        ],
        "type": "card",
      ],
      "reason": .string(kind.rawValue), "status": .string(status.rawValue),
    ]
  }
}
