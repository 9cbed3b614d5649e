/// Why a webhook is not believed (invariant 34). Holds nothing of the body or of a secret.
package enum StripeSignatureError: Error, Hashable, Sendable {
  case missingHeader
  case headerTooLong(bytes: Int)
  /// A pair without an equals sign, or a timestamp that is none.
  case malformedHeader
  case missingTimestamp
  /// Which of the two would count?
  case repeatedTimestamp
  /// None under a scheme that counts; others are not fallen back on.
  case missingSignature
  case noMatch
  /// Signed by Stripe, longer ago than the tolerance: a replay, or our clock is ahead.
  case tooOld(seconds: Int64)
  /// Signed by Stripe, for later than the tolerance: our clock is behind.
  case tooNew(seconds: Int64)
}
