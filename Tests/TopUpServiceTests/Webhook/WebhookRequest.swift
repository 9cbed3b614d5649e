import TopUpService

/// Builds requests from one that is in order, with one thing changed.
struct WebhookRequest {
  var line = "POST /webhooks/stripe HTTP/1.1"
  var fields: [String]
  var body: [UInt8]

  /// A request as Stripe sends it.
  init(_ body: [UInt8] = Self.event, signature: String? = "t=1795221906,v1=00") {
    self.body = body
    fields = [
      "Host: hooks.example.com",
      "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      "Accept: */*; q=0.5, application/xml",
      "Content-Type: application/json; charset=utf-8",
      "Content-Length: \(body.count)",
      "Cache-Control: no-cache",
    ]
    if let signature { fields.append("Stripe-Signature: \(signature)") }
  }

  init(_ body: String) { self.init(Array(body.utf8)) }

  /// An event's body, pretty-printed as Stripe does.
  static let event = Array(
    """
    {
      "id": "evt_3TopUp0001Succ",
      "object": "event",
      "api_version": "2026-10-28.endive",
      "created": 1795221906,
      "data": { "object": { "id": "pi_3TopUp0001AbCdEf", "object": "payment_intent" } },
      "livemode": false,
      "pending_webhooks": 1,
      "type": "payment_intent.succeeded"
    }
    """.utf8)

  static let hosts = ["hooks.example.com", "10.0.0.7:8080"]

  static func rules(
    bodyBytesMax: Int = 262_144, headBytesMax: Int = 8192, fieldsMax: Int = 64
  ) throws -> HTTPRequestRules {
    try HTTPRequestRules(
      path: "/webhooks/stripe", hosts: hosts, bodyBytesMax: bodyBytesMax,
      headBytesMax: headBytesMax, fieldsMax: fieldsMax)
  }

  var head: [UInt8] {
    Array(([line] + fields).map { $0 + "\r\n" }.joined().utf8) + Array("\r\n".utf8)
  }

  var bytes: [UInt8] { head + body }

  func with(line: String) -> Self {
    var copy = self
    copy.line = line
    return copy
  }

  func adding(_ field: String) -> Self {
    var copy = self
    copy.fields.append(field)
    return copy
  }

  func without(_ name: String) -> Self {
    var copy = self
    copy.fields.removeAll { $0.lowercased().hasPrefix(name.lowercased() + ":") }
    return copy
  }

  func replacing(_ field: String) -> Self {
    let name = String(field.prefix { $0 != ":" })
    return without(name).adding(field)
  }
}

extension HTTPRequestParser {
  /// What a fresh parser makes of bytes that come in parts of a size.
  static func read(
    _ bytes: [UInt8], _ rules: HTTPRequestRules, partBytes: Int = .max
  ) -> (progress: Progress, consumed: Int) {
    var parser = HTTPRequestParser(rules)
    var progress = Progress.readingHead
    var rest = bytes[...]
    while !rest.isEmpty {
      progress = parser.receive(rest.prefix(partBytes))
      switch progress {
      case .complete, .refused: return (progress, parser.consumedBytes)
      case .readingHead, .readingBody: rest = rest.dropFirst(partBytes)
      }
    }
    return (progress, parser.consumedBytes)
  }
}
