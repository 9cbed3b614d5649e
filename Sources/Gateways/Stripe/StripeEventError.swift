/// Why a body is no event that can be taken.
package enum StripeEventError: Error, Hashable, Sendable {
  case notJSON
  /// A field that every event has is missing or of another shape.
  case missing(String)
  /// Of a connected account: this service has none.
  case connectedAccount(String)
}

extension StripeEventError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notJSON: "the body is no JSON"
    case .missing(let field): "no usable \(field)"
    case .connectedAccount(let id): "the event is of the connected account \(id)"
    }
  }
}
