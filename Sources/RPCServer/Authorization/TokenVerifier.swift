internal import RPCTransport
internal import Synchronization

/// Believes the projected service-account tokens of one cluster, or not.
public final class TokenVerifier: Sendable {
  /// Clocks of issuer and server may differ by so much, in seconds.
  static let leewaySeconds: Int64 = 60

  private struct State {
    var keys: JSONWebKeySet
    var cache = TokenCache()
  }

  private let issuer: String
  private let audience: String
  private let now: @Sendable () -> Int64
  private let state: Mutex<State>

  /// - Parameter now: seconds since 1970.
  public init(
    issuer: String, audience: String, keys: JSONWebKeySet, now: @escaping @Sendable () -> Int64
  ) {
    self.issuer = issuer
    self.audience = audience
    self.now = now
    state = Mutex(State(keys: keys))
  }

  /// Has other keys count from now on, also for tokens that were believed before.
  public func replace(keys: JSONWebKeySet) {
    state.withLock { $0 = State(keys: keys) }
  }

  /// - Returns: the token's subject, `system:serviceaccount:<namespace>:<name>`.
  /// - Throws: the class of what is wrong with it.
  public func subject(of token: String) throws(CredentialRefusal) -> String {
    guard token.utf8.count <= JSONWebToken.bytesMax else { throw .malformed }
    guard let digest = SignatureKey.digest(of: Array(token.utf8)) else { throw .untrusted }
    let now = now()
    if let subject = state.withLock({ $0.cache.subject(of: digest, at: now) }) { return subject }
    let parsed = try JSONWebToken(parsing: token)
    let key = state.withLock { $0.keys[parsed.keyID] }
    guard let key, key.algorithm == parsed.algorithm,
      key.key.verifies(parsed.signature, of: parsed.signed)
    else { throw .untrusted }
    try check(parsed, at: now)
    state.withLock { state in
      // Keys that were replaced meanwhile believe nothing.
      guard state.keys[parsed.keyID]?.key === key.key else { return }
      state.cache.insert(parsed.subject, expires: parsed.expires, for: digest, at: now)
    }
    return parsed.subject
  }

  /// For an ``AuthorizationInterceptor``.
  public var check: AuthorizationInterceptor.TokenCheck {
    { token throws(CredentialRefusal) in try self.subject(of: token) }
  }

  private func check(_ token: JSONWebToken, at now: Int64) throws(CredentialRefusal) {
    guard token.issuer == issuer, token.audiences.contains(audience),
      Self.isServiceAccount(token.subject)
    else { throw .untrusted }
    let (latest, earliest) = (now - Self.leewaySeconds, now + Self.leewaySeconds)
    guard token.expires > latest, token.notBefore ?? 0 <= earliest,
      token.issuedAt ?? 0 <= earliest
    else { throw .expired }
  }

  private static func isServiceAccount(_ subject: String) -> Bool {
    let parts = subject.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else {
      return false
    }
    return parts[2...].allSatisfy { part in
      (1...253).contains(part.utf8.count)
        && part.utf8.allSatisfy { byte in
          byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7A)
        }
    }
  }
}
