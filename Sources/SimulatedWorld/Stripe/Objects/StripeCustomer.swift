import StrictJSON
import TopUpCore

struct StripeCustomer: StripeObject {
  let id: String
  var email: String?
  var name: String?
  var phone: String?
  var description: String?
  var metadata: [String: String] = [:]
  var defaultPaymentMethod: String?
  var created: UnixTime
  var isDeleted = false

  var json: JSON {
    if isDeleted { return ["id": .string(id), "object": "customer", "deleted": true] }
    return [
      "id": .string(id), "object": "customer", "balance": 0, "created": .integer(created.seconds),
      "currency": nil, "default_source": nil, "delinquent": false,
      "description": .string(orNull: description), "discount": nil, "email": .string(orNull: email),
      "invoice_settings": [
        "custom_fields": nil, "default_payment_method": .string(orNull: defaultPaymentMethod),
        "footer": nil, "rendering_options": nil,
      ],
      "livemode": false, "metadata": .metadata(metadata), "name": .string(orNull: name),
      "phone": .string(orNull: phone), "preferred_locales": [], "shipping": nil,
      "tax_exempt": "none",
    ]
  }
}
