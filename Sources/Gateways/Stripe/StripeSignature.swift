package import TopUpCore

/// Tells webhooks that Stripe signed from all others (invariant 34).
/// - Source: Stripe docs, "Verify webhook signatures manually".
package struct StripeSignature: Sendable {
  /// How far a signature's time may lie from ours, either way.
  package static let tolerance: Duration = .seconds(300)
  /// A header with a signature for each of a dozen secrets stays below 1 KiB.
  package static let headerBytesMax = 4096

  private let keys: [[UInt8]]

  /// - Parameter secrets: of every endpoint that may deliver here, and both of one that is being
  ///   rolled. Each whole, `whsec_` included.
  /// - Returns: nil without a secret, or when one is empty: anybody could sign with that.
  package init?(secrets: [Secret]) {
    keys = secrets.map { Array($0.reveal().utf8) }
    guard !keys.isEmpty, keys.allSatisfy({ !$0.isEmpty }) else { return nil }
  }

  /// Passes a body that was signed with one of the secrets, about now.
  ///
  /// - Parameters:
  ///   - header: the value of `Stripe-Signature`.
  ///   - body: the raw bytes, before anything has read them.
  /// - Throws: ``StripeSignatureError``. A time counts only once its signature has matched, so
  ///   that `tooOld` is never said of a forgery.
  package func verify(
    header: String?, body: [UInt8], now: UnixTime
  ) throws(StripeSignatureError) {
    guard let header else { throw .missingHeader }
    let parsed = try StripeSignatureHeader(header)
    let message = Array(parsed.timestampText.utf8) + [UInt8(ascii: ".")] + body
    var isMatched = false
    for key in keys {
      guard let code = HMACSHA256.code(of: message, key: key) else { continue }
      // No early end: how long it takes does not tell which secret matched.
      for signature in parsed.signatures where HMACSHA256.isEqual(signature, code) {
        isMatched = true
      }
    }
    guard isMatched else { throw .noMatch }
    let age = now.seconds - parsed.timestamp
    let toleranceSeconds = Self.tolerance.components.seconds
    if age > toleranceSeconds { throw .tooOld(seconds: age) }
    if age < -toleranceSeconds { throw .tooNew(seconds: -age) }
  }
}
