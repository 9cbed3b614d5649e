/// Parameters as Stripe's v1 API takes them: `application/x-www-form-urlencoded`, nested names in
/// brackets.
///
/// They keep their order: a resend under one idempotency key is the same bytes.
/// - Source: Stripe API reference; the encoding of Stripe's own SDKs.
struct StripeForm: Hashable, Sendable {
  enum Value: Hashable, Sendable {
    case text(String)
    case integer(Int64)
    case flag(Bool)
    case list([String])
  }

  private struct Pair: Hashable {
    let name: String
    let value: String
  }

  private var pairs: [Pair] = []

  init() {}

  /// Adds a parameter; nil adds none.
  ///
  /// - Parameter path: `["metadata", "topup_id"]` is `metadata[topup_id]`.
  mutating func add(_ path: String..., value: Value?) {
    let name = path.dropFirst().reduce(path.first ?? "") { "\($0)[\($1)]" }
    switch value {
    case .text(let text): pairs.append(Pair(name: name, value: text))
    case .integer(let integer): pairs.append(Pair(name: name, value: String(integer)))
    case .flag(let flag): pairs.append(Pair(name: name, value: flag ? "true" : "false"))
    case .list(let elements):
      for (index, element) in elements.enumerated() {
        pairs.append(Pair(name: "\(name)[\(index)]", value: element))
      }
    case nil: break
    }
  }

  var isEmpty: Bool { pairs.isEmpty }

  /// The body of a POST, or the query of a GET.
  var encoded: String {
    pairs.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
      .joined(separator: "&")
  }
}

extension StripeForm.Value {
  /// A text that says something; nil for none and for an empty one, by which Stripe means that the
  /// field is to be unset, and which it refuses where nothing can be.
  static func filled(_ text: String?) -> StripeForm.Value? {
    text.flatMap { $0.isEmpty ? nil : .text($0) }
  }
}

extension StripeForm.Value: ExpressibleByStringLiteral {
  init(stringLiteral text: String) { self = .text(text) }
}
