/// What came of a call to another system.
///
/// The three cases are the whole of recovery: an answer is applied, a call known not to have left
/// may be made again, and one in doubt is asked about, never repeated blindly (invariants 15, 29).
package enum OutsideResult<Value: Sendable>: Sendable {
  /// The other side answered in its own terms.
  case answered(Value)
  /// The other side refused, and did nothing.
  case refused(Refusal)
  /// It may have happened: a time-out, a cut connection, a 5xx, an answer nobody can read.
  case unknown(String)
  /// Nothing left this machine.
  case notSent(String)
}

/// One page of another system's list.
package struct OutsidePage<Element: Sendable>: Sendable {
  package var elements: [Element]
  /// What the next page begins after; nil at the list's end.
  package var next: String?

  package init(_ elements: [Element], next: String?) {
    self.elements = elements
    self.next = next
  }
}

extension OutsideResult: Equatable where Value: Equatable {}

/// Why another system did not do what it was asked.
package struct Refusal: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The thing named does not exist there. Not a sign that it is dead (invariant 13).
    case notFound
    /// The same key came with another request.
    case idempotencyConflict
    /// The same key is at work now; ask again.
    case inProgress
    /// Too many calls; `retryAfter` may say how long to wait.
    case rateLimited
    /// The key may not do this, or is not known.
    case notAuthorised
    /// The thing is not in the state for this.
    case unexpectedState
    /// A new quote is needed: expired, or it does not match.
    case quoteNotUsable
    /// Not now: the ramp lacks the tokens.
    case insufficientLiquidity
    /// The request is wrong, and stays so.
    case invalid
  }

  /// The code of a thing that is there, belongs to somebody else on the same account, and cannot be
  /// read here.
  package static let notOursCode = "not_ours"

  /// Whether the thing named is somebody else's: there is nothing of ours to do about it.
  package var isNotOurs: Bool { kind == .notFound && code == Self.notOursCode }

  package let kind: Kind
  /// The other system's own code, such as `resource_missing`.
  package let code: String
  /// The other system's words, for the log and the operator.
  package let message: String
  package let retryAfter: Duration?

  package init(_ kind: Kind, code: String, message: String, retryAfter: Duration? = nil) {
    self.kind = kind
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }
}
