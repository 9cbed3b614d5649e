package import TopUpCore

/// Which Stripe account is spoken to, and how.
package struct StripeConfiguration: Sendable {
  /// Every request names it, so that an upgrade of the account changes nothing here.
  package static let apiVersion = "2026-10-28.endive"

  /// Without a slash at its end.
  let baseURL: String
  let key: Secret
  let livemode: Bool
  /// Named on every intent, so that one of another store is told from one that this store has lost
  /// (invariant 50).
  package var storeID = ""
  /// For a GET.
  package var readTimeout: Duration = .seconds(20)
  /// For a POST, which may wait for a card network: what Stripe's SDKs allow.
  package var writeTimeout: Duration = .seconds(80)

  /// - Parameters:
  ///   - key: a restricted (`rk_…`) or secret (`sk_…`) key.
  ///   - livemode: must be the key's mode: the two never mix.
  ///   - baseURL: of a stand-in in tests.
  package init(
    key: Secret, livemode: Bool, baseURL: String = "https://api.stripe.com"
  ) throws(StripeConfigurationError) {
    let isKeyLive = try Self.isLive(key)
    guard isKeyLive == livemode else { throw .keyOfOtherMode(keyIsLive: isKeyLive) }
    do throws(RequestPolicy.Refusal) {
      try RequestPolicy.check(url: baseURL, allowsPlainHTTP: true)
    } catch {
      throw .malformedBaseURL
    }
    guard !baseURL.contains("?"), !baseURL.contains("#") else { throw .malformedBaseURL }
    if livemode, !baseURL.lowercased().hasPrefix("https://") { throw .liveKeyWithoutTLS }
    self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.key = key
    self.livemode = livemode
  }

  private static func isLive(_ key: Secret) throws(StripeConfigurationError) -> Bool {
    let text = key.reveal()
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .malformedKey }
    if text.hasPrefix("pk_") { throw .publishableKey }
    for kind in ["sk", "rk"] {
      if text.hasPrefix("\(kind)_live_") { return true }
      if text.hasPrefix("\(kind)_test_") { return false }
    }
    throw .malformedKey
  }
}
