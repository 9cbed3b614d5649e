/// Why a configuration of Stripe is refused. Never holds the key.
package enum StripeConfigurationError: Error, Hashable, Sendable {
  /// Neither `sk_…` nor `rk_…`, or with bytes that no key has.
  case malformedKey
  /// A `pk_…` key: it is for browsers and can charge nothing.
  case publishableKey
  /// A key of live mode where test mode is configured, or the reverse.
  case keyOfOtherMode(keyIsLive: Bool)
  /// Not absolute, or with credentials, a query or a fragment.
  case malformedBaseURL
  /// A live key travels over TLS only.
  case liveKeyWithoutTLS
}

extension StripeConfigurationError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformedKey: "the key is no secret or restricted key of Stripe's"
    case .publishableKey: "the key is a publishable one; a secret or restricted key is needed"
    case .keyOfOtherMode(keyIsLive: true): "the key is of live mode, the configuration of test mode"
    case .keyOfOtherMode(keyIsLive: false):
      "the key is of test mode, the configuration of live mode"
    case .malformedBaseURL: "the base URL is malformed"
    case .liveKeyWithoutTLS: "a live key needs an https base URL"
    }
  }
}
