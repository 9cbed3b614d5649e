/// One rule of a fault script: which calls it is for, and what becomes of them.
package struct FaultRule: Sendable, Hashable {
  package enum Service: String, Sendable {
    case stripe, ramp, node
    /// The delivery of events, matched by their type.
    case webhook
  }

  /// Which of the calls that match are disturbed, counted from 1.
  package enum Occurrence: Sendable, Hashable {
    case all
    case nth(Int)
    case every(Int)
    /// The first so many.
    case first(Int)
    /// Each with this chance in a million, by the plan's seed.
    case chance(partsPerMillion: Int)
  }

  package enum Action: Sendable, Hashable {
    /// Handled at once, answered this much later: meanwhile the key is in use.
    case delay(Duration)
    /// Handled only this much later, when the caller may long have given up.
    case hold(Duration)
    /// The connection is cut; nothing was done.
    case dropBefore
    /// It was done, and the answer is lost.
    case dropAfter
    /// It was done, and the connection stays silent.
    case hang
    /// Answered so, and nothing was done.
    case answer(status: Int, body: String)
    /// 429; nothing was done.
    case rateLimit(retryAfterSeconds: Int)
    /// It was done, and the answer is 500.
    case failAfter
    /// Stripe: a confirm is `processing` for so long.
    case processing(Duration)
    /// Stripe: what a charge's risk is assessed as, such as `highest`.
    case risk(String)
    /// Stripe: a charge is declined with such a code, whatever its card.
    case decline(String)
    /// Ramp: what becomes of an order.
    case order(OrderFate)
    /// Ramp: a quote is off by so many basis points.
    case movePrice(basisPoints: Int64)
    /// Ramp: a quote that is good for a millisecond.
    case expireQuote
    /// Node: the finalized head is one of so many blocks ago, as behind a load balancer.
    case lag(blocks: UInt64)
    case webhook(WebhookDisturbance)
  }

  package var service: Service
  /// `POST`, or an event for webhooks; nil for any.
  package var method: String?
  /// The path, or an event's type, begins so.
  package var pathPrefix: String
  /// The path ends so.
  package var pathSuffix: String
  /// Stands somewhere in the body.
  package var contains: String
  package var occurrence: Occurrence
  package var action: Action

  package init(
    _ service: Service, method: String? = nil, pathPrefix: String = "", pathSuffix: String = "",
    contains: String = "", _ occurrence: Occurrence = .all, _ action: Action
  ) {
    self.service = service
    self.method = method
    self.pathPrefix = pathPrefix
    self.pathSuffix = pathSuffix
    self.contains = contains
    self.occurrence = occurrence
    self.action = action
  }
}

/// What becomes of a ramp's order that a fault has picked.
package enum OrderFate: String, Sendable, CaseIterable {
  /// Ends `EXPIRED` without having moved anything.
  case expire
  /// Ends `FAILED` without having moved anything.
  case failBeforeSubmit = "fail_before_submit"
  /// Ends `FAILED` after submission; the extrinsic failed, so nothing moved.
  case failAfterSubmit = "fail_after_submit"
  /// Ends `FAILED` with `funds_moved` unknown.
  case failUnknown = "fail_unknown"
  /// Delivers half.
  case partial
  /// `ON_HOLD` until an operator releases it.
  case hold
  /// `ON_HOLD`, then `RETURNED`.
  case holdThenReturn = "hold_then_return"
  /// A state that no client knows, then on as usual.
  case unknownState = "unknown_state"
  /// Delivers twice for one order: the ramp's mistake.
  case doubleDeposit = "double_deposit"
  /// 422 at once.
  case reject
  /// Says it is `COMPLETED` at inclusion, before finality: a lie.
  case completeEarly = "complete_early"
}
