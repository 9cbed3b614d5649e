import StrictJSON
import TopUpCore

/// One try to take money: an intent has one for each confirm that reached the issuer.
struct StripeCharge: StripeObject {
  let id: String
  let intent: String
  let created: UnixTime
  let amount: Int64
  let currency: String
  let customer: String?
  let paymentMethod: StripePaymentMethod
  let metadata: [String: String]
  let description: String?
  let statementDescriptorSuffix: String?
  var failure: CardDecline?
  /// Instead of the card's own.
  var assessedRisk: String?
  var isPending = false
  var amountCaptured: Int64 = 0
  /// What of it was given back, pending refunds included.
  var amountRefunded: Int64 = 0
  var isDisputed = false
  /// Null until the capture settles: `charge.updated` brings it.
  var balanceTransaction: String?

  var isPaid: Bool { failure == nil && !isPending }
  private var status: String { failure != nil ? "failed" : isPending ? "pending" : "succeeded" }

  var json: JSON {
    [
      "id": .string(id), "object": "charge", "amount": .integer(amount),
      "amount_captured": .integer(amountCaptured), "amount_refunded": .integer(amountRefunded),
      "application": nil, "application_fee": nil, "application_fee_amount": nil,
      "balance_transaction": .string(orNull: balanceTransaction),
      "billing_details": paymentMethod.billingDetails,
      "calculated_statement_descriptor":
        .string("SANDBOX* \(statementDescriptorSuffix ?? "CHARGE")"),
      "captured": .bool(amountCaptured > 0), "created": .integer(created.seconds),
      "currency": .string(currency), "customer": .string(orNull: customer),
      "description": .string(orNull: description), "disputed": .bool(isDisputed),
      "failure_balance_transaction": nil, "failure_code": .string(orNull: failure?.code),
      "failure_message": .string(orNull: failure?.message), "fraud_details": [:],
      "livemode": false, "metadata": .metadata(metadata), "on_behalf_of": nil,
      "outcome": outcome, "paid": .bool(isPaid), "payment_intent": .string(intent),
      "payment_method": .string(paymentMethod.id), "payment_method_details": cardDetails,
      "receipt_email": nil, "receipt_number": nil, "receipt_url": nil,
      "refunded": .bool(isPaid && amountCaptured > 0 && amountRefunded == amountCaptured),
      "review": nil, "shipping": nil, "source": nil, "source_transfer": nil,
      "statement_descriptor": nil,
      "statement_descriptor_suffix": .string(orNull: statementDescriptorSuffix),
      "status": .string(status), "transfer_data": nil, "transfer_group": nil,
    ]
  }

  private var outcome: JSON {
    let card = paymentMethod.card
    guard let failure else {
      return [
        "advice_code": nil, "network_advice_code": nil, "network_decline_code": nil,
        "network_status": "approved_by_network", "reason": nil,
        "risk_level": .string(assessedRisk ?? card.riskLevel), "risk_score": 11,
        "seller_message": "Payment complete.", "type": "authorized",
      ]
    }
    let network = failure.isBlocked ? "not_sent_to_network" : "declined_by_network"
    return [
      "advice_code": .string(orNull: failure.adviceCode), "network_advice_code": nil,
      "network_decline_code": .string(orNull: failure.networkDeclineCode),
      "network_status": .string(network),
      "reason": .string(orNull: failure.declineCode ?? failure.code),
      "risk_level": .string(card.riskLevel), "risk_score": failure.isBlocked ? 92 : 11,
      "seller_message": .string(
        failure.isBlocked
          ? "Stripe blocked this payment as too risky." : "The bank declined the payment."),
      "type": failure.isBlocked ? "blocked" : "issuer_declined",
    ]
  }

  private var cardDetails: JSON {
    let card = paymentMethod.card
    return [
      "card": [
        "amount_authorized": .integer(amount),
        "authorization_code": failure == nil ? "123456" : nil,
        "brand": .string(card.brand),
        "checks": [
          "address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": nil,
        ],
        "country": "US", "exp_month": .integer(paymentMethod.expiryMonth),
        "exp_year": .integer(paymentMethod.expiryYear),
        "extended_authorization": ["status": "disabled"],
        "fingerprint": .string(card.fingerprint), "funding": .string(card.funding),
        "incremental_authorization": ["status": "unavailable"], "installments": nil,
        "last4": .string(card.last4), "mandate": nil,
        "multicapture": ["status": "unavailable"], "network": .string(card.brand),
        "network_token": ["used": false], "network_transaction_id": "104001234567890",
        "overcapture": ["maximum_amount_capturable": .integer(amount), "status": "unavailable"],
        "regulated_status": "unregulated", "three_d_secure": nil, "wallet": nil,
      ],
      "type": "card",
    ]
  }
}
