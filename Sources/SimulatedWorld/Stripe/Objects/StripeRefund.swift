import StrictJSON
import TopUpCore

struct StripeRefund: StripeObject {
  enum Status: String {
    case pending
    case succeeded
    case failed
    /// The processor gave it up before it reached the bank.
    case canceled
  }

  let id: String
  let charge: String
  let intent: String
  let amount: Int64
  let currency: String
  let reason: String?
  let created: UnixTime
  var metadata: [String: String]
  var status: Status
  var failureReason: String?
  var balanceTransaction: String?

  var json: JSON {
    var object: JSONObject = .init()
    object["id"] = .string(id)
    object["object"] = "refund"
    object["amount"] = .integer(amount)
    object["balance_transaction"] = .string(orNull: balanceTransaction)
    object["charge"] = .string(charge)
    object["created"] = .integer(created.seconds)
    object["currency"] = .string(currency)
    object["destination_details"] = ["card": ["type": "refund"], "type": "card"]
    object["failure_reason"] = failureReason.map { .string($0) }
    object["metadata"] = .metadata(metadata)
    object["payment_intent"] = .string(intent)
    object["reason"] = .string(orNull: reason)
    object["receipt_number"] = .null
    object["source_transfer_reversal"] = .null
    object["status"] = .string(status.rawValue)
    object["transfer_reversal"] = .null
    return .object(object)
  }
}
