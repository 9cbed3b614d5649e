package import TopUpCore

/// Which ramp is spoken to.
package struct RampConfiguration: Sendable {
  /// Without a slash at its end.
  let baseURL: String
  let key: Secret
  package var readTimeout: Duration = .seconds(15)
  /// For orders and their cancellation.
  package var writeTimeout: Duration = .seconds(30)

  /// - Parameters:
  ///   - baseURL: of the contract's paths, such as `https://ramp.example`; plain HTTP only where
  ///     the transport allows it.
  package init(baseURL: String, key: Secret) throws(RampConfigurationError) {
    do throws(RequestPolicy.Refusal) {
      try RequestPolicy.check(url: baseURL, allowsPlainHTTP: true)
    } catch {
      throw .malformedBaseURL
    }
    guard !baseURL.contains("?"), !baseURL.contains("#") else { throw .malformedBaseURL }
    let text = key.reveal()
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .malformedKey
    }
    self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.key = key
  }
}

/// Why a configuration of the ramp is refused. Never holds the key.
package enum RampConfigurationError: Error, Hashable, Sendable {
  /// Not absolute, or with credentials, a query or a fragment.
  case malformedBaseURL
  /// Empty, or with bytes that no header can carry.
  case malformedKey
}
