import StrictJSON
import TopUpCore

/// A refusal in the words of `docs/ramp-contract.md`.
struct RampFailure: Error, Hashable {
  enum Code: String {
    case invalidRequest = "INVALID_REQUEST"
    case invalidDestination = "INVALID_DESTINATION"
    case clusterUnknown = "CLUSTER_UNKNOWN"
    case belowMinimum = "BELOW_MIN"
    case aboveMaximum = "ABOVE_MAX"
    case unauthorized = "UNAUTHORIZED"
    case notFound = "NOT_FOUND"
    case idempotencyConflict = "IDEMPOTENCY_CONFLICT"
    case quoteExpired = "QUOTE_EXPIRED"
    case quoteMismatch = "QUOTE_MISMATCH"
    case notCancellable = "NOT_CANCELLABLE"
    case complianceRejected = "COMPLIANCE_REJECTED"
    case rateLimited = "RATE_LIMITED"
    case insufficientLiquidity = "INSUFFICIENT_LIQUIDITY"
    case unavailable = "UNAVAILABLE"

    var status: Int {
      switch self {
      case .invalidRequest, .invalidDestination, .clusterUnknown, .belowMinimum, .aboveMaximum:
        400
      case .unauthorized: 401
      case .notFound: 404
      case .idempotencyConflict, .quoteExpired, .quoteMismatch, .notCancellable: 409
      case .complianceRejected: 422
      case .rateLimited: 429
      case .insufficientLiquidity, .unavailable: 503
      }
    }
  }

  var code: Code
  var message: String
  var retryAfter: Duration?

  init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  var response: HTTPResponse {
    let wait = retryAfter.map { $0.components.seconds * 1000 }
    return .json(
      [
        "error": [
          "code": .string(code.rawValue), "message": .string(message),
          "retry_after_ms": .integer(orNull: wait),
        ]
      ], status: code.status)
  }
}
