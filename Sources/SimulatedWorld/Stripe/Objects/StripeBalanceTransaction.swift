import StrictJSON
import TopUpCore

/// One movement of the account's balance.
struct StripeBalanceTransaction: StripeObject {
  let id: String
  let amount: Int64
  let fee: Int64
  let currency: String
  /// `charge`, `refund`, `refund_failure`, `dispute`, `dispute_reversal` or `payout`.
  let category: String
  let source: String
  let created: UnixTime
  var availableOn: UnixTime
  /// `pending` until the money may be paid out.
  var status = "pending"

  var net: Int64 { amount - fee }

  var type: String {
    switch category {
    case "dispute", "dispute_reversal": "adjustment"
    default: category
    }
  }

  var json: JSON {
    [
      "id": .string(id), "object": "balance_transaction", "amount": .integer(amount),
      "available_on": .integer(availableOn.seconds), "balance_type": "payments",
      "created": .integer(created.seconds), "currency": .string(currency), "description": nil,
      "exchange_rate": nil, "fee": .integer(fee),
      "fee_details": fee == 0
        ? []
        : [
          [
            "amount": .integer(fee), "application": nil, "currency": .string(currency),
            "description": "Stripe processing fees", "type": "stripe_fee",
          ]
        ],
      "net": .integer(net), "reporting_category": .string(category), "source": .string(source),
      "status": .string(status), "type": .string(type),
    ]
  }
}
