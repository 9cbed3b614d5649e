package import StrictJSON
package import TopUpCore

/// Something that happened, with the object as it was at that moment.
package struct StripeEvent: StripeObject, Sendable, Hashable {
  package let id: String
  package let type: String
  /// The id of the object it is about.
  package let object: String
  package let created: UnixTime
  let snapshot: JSON
  let previous: JSON?
  let requestID: String?
  let idempotencyKey: String?
  let apiVersion: String
  /// Whether the endpoint has answered 2xx to it.
  var isDelivered = false

  package var json: JSON {
    var data: JSON = ["object": snapshot]
    if let previous { data = ["object": snapshot, "previous_attributes": previous] }
    return [
      "id": .string(id), "object": "event", "api_version": .string(apiVersion),
      "created": .integer(created.seconds), "data": data, "livemode": false,
      "pending_webhooks": isDelivered ? 0 : 1,
      "request": [
        "id": .string(orNull: requestID), "idempotency_key": .string(orNull: idempotencyKey),
      ],
      "type": .string(type),
    ]
  }
}
