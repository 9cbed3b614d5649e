internal import TopUpCore

/// A call of Stripe's v1 API.
struct StripeRequest: Hashable, Sendable {
  /// Nil for a GET. A POST always has one.
  let key: IdempotencyKey?
  /// After `/v1`.
  let path: [String]
  var form: StripeForm

  static func get(_ path: String..., form: StripeForm = StripeForm()) -> StripeRequest {
    StripeRequest(key: nil, path: path, form: form)
  }

  static func post(
    _ path: String..., key: IdempotencyKey, form: StripeForm = StripeForm()
  ) -> StripeRequest {
    StripeRequest(key: key, path: path, form: form)
  }

  /// The longest idempotency key that Stripe takes, in bytes.
  static let keyBytesMax = 255

  /// The request on the wire.
  ///
  /// - Returns: nil when an id or the key cannot be sent as it is: an empty id, say, would turn
  ///   one object's path into the list of all.
  func http(_ configuration: StripeConfiguration) -> HTTPRequest? {
    guard let path = PercentEncoding.path(["v1"] + path) else { return nil }
    let url = configuration.baseURL + path
    let headers = [
      HTTPField("Authorization", "Bearer \(configuration.key.reveal())"),
      HTTPField("Stripe-Version", StripeConfiguration.apiVersion),
    ]
    guard let key else {
      return HTTPRequest(
        .get, form.isEmpty ? url : "\(url)?\(form.encoded)", headers: headers,
        timeout: configuration.readTimeout)
    }
    guard (1...Self.keyBytesMax).contains(key.rawValue.utf8.count),
      key.rawValue.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    return HTTPRequest(
      .post, url,
      headers: headers + [
        HTTPField("Content-Type", "application/x-www-form-urlencoded"),
        HTTPField("Idempotency-Key", key.rawValue),
      ], body: Array(form.encoded.utf8), timeout: configuration.writeTimeout)
  }
}
