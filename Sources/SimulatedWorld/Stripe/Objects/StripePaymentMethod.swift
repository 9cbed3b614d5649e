import StrictJSON
import TopUpCore

/// A card object: made anew by each use of a `pm_card_…` name.
struct StripePaymentMethod: StripeObject {
  let id: String
  let card: TestCard
  var customer: String?
  /// Detached for good: it can be neither charged nor attached again.
  var isSpent = false
  /// Authenticated once for payments without the person.
  var isSetUpOffSession = false
  var expiryMonth: Int64 = 12
  var expiryYear: Int64 = 2034
  var allowRedisplay = "unspecified"
  var billingName: String?
  var billingEmail: String?
  var metadata: [String: String] = [:]
  var created: UnixTime

  /// Good through the last day of its month.
  func hasExpired(at now: UnixTime) -> Bool {
    let today = CivilDate(daysFrom1970: now.seconds / 86_400)
    return (expiryYear, expiryMonth) < (today.year, Int64(today.month))
  }

  var json: JSON {
    [
      "id": .string(id), "object": "payment_method", "allow_redisplay": .string(allowRedisplay),
      "billing_details": billingDetails, "card": cardDetails,
      "created": .integer(created.seconds), "customer": .string(orNull: customer),
      "livemode": false, "metadata": .metadata(metadata), "type": "card",
    ]
  }

  var billingDetails: JSON {
    [
      "address": [
        "city": nil, "country": nil, "line1": nil, "line2": nil, "postal_code": nil, "state": nil,
      ],
      "email": .string(orNull: billingEmail), "name": .string(orNull: billingName), "phone": nil,
      "tax_id": nil,
    ]
  }

  private var cardDetails: JSON {
    [
      "brand": .string(card.brand),
      "checks": [
        "address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass",
      ],
      "country": "US", "display_brand": .string(card.brand), "exp_month": .integer(expiryMonth),
      "exp_year": .integer(expiryYear), "fingerprint": .string(card.fingerprint),
      "funding": .string(card.funding), "generated_from": nil, "last4": .string(card.last4),
      "networks": ["available": [.string(card.brand)], "preferred": nil],
      "regulated_status": "unregulated",
      "three_d_secure_usage": ["supported": true], "wallet": nil,
    ]
  }
}
