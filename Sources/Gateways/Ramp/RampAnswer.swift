internal import StrictJSON
internal import TopUpCore

/// What an HTTP response of the ramp says, before anybody looks at the object in it.
/// - Source: `docs/ramp-contract.md`, "Errors".
enum RampAnswer: Hashable, Sendable {
  case object(JSON)
  case refused(Refusal)
  case unknown(String)

  init(_ response: HTTPResponse) {
    let body: JSON
    do throws(JSONError) {
      body = try JSON(parsing: response.body)
    } catch {
      self = .unknown("HTTP \(response.status) with a body that is no JSON")
      return
    }
    if response.status == 200 {
      self = .object(body)
      return
    }
    // Status and code must agree, or it is not the contract that speaks.
    guard let error = body["error"], let code = error.optionalWord("code"),
      let meaning = Self.meanings[code], meaning.status == response.status,
      let kind = meaning.kind
    else {
      let code = body["error"]?.optionalWord("code").map { ", \(SecretScrub.text($0))" } ?? ""
      self = .unknown("HTTP \(response.status)\(code)")
      return
    }
    self = .refused(
      Refusal(
        kind, code: code, message: SecretScrub.text(error["message"]?.string ?? ""),
        retryAfter: Self.retryAfter(error)))
  }

  private struct Meaning {
    let status: Int
    /// Nil when it says nothing of what was done.
    let kind: Refusal.Kind?

    init(_ status: Int, _ kind: Refusal.Kind?) {
      self.status = status
      self.kind = kind
    }
  }

  private static let meanings: [String: Meaning] = [
    "INVALID_REQUEST": Meaning(400, .invalid),
    "INVALID_DESTINATION": Meaning(400, .invalid),
    "CLUSTER_UNKNOWN": Meaning(400, .invalid),
    "BELOW_MIN": Meaning(400, .invalid),
    "ABOVE_MAX": Meaning(400, .invalid),
    "UNAUTHORIZED": Meaning(401, .notAuthorised),
    "NOT_FOUND": Meaning(404, .notFound),
    "IDEMPOTENCY_CONFLICT": Meaning(409, .idempotencyConflict),
    "QUOTE_EXPIRED": Meaning(409, .quoteNotUsable),
    "QUOTE_MISMATCH": Meaning(409, .quoteNotUsable),
    "NOT_CANCELLABLE": Meaning(409, .unexpectedState),
    "COMPLIANCE_REJECTED": Meaning(422, .invalid),
    "RATE_LIMITED": Meaning(429, .rateLimited),
    "INSUFFICIENT_LIQUIDITY": Meaning(503, .insufficientLiquidity),
    "UNAVAILABLE": Meaning(503, nil),
  ]

  /// Up to a day; longer is as none.
  private static func retryAfter(_ error: JSON) -> Duration? {
    guard let milliseconds = error["retry_after_ms"]?.int64, (0...86_400_000).contains(milliseconds)
    else { return nil }
    return .milliseconds(milliseconds)
  }
}
