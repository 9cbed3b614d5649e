internal import RPCTransport
internal import Synchronization

/// Believes the projected service-account tokens of one cluster, or not.
public final class TokenVerifier: Sendable {
  /// Clocks of issuer and server may differ by so much, in seconds.
  static let leewaySeconds: Int64 = 60
  /// Tokens that need no second look; a pod's token lives an hour, so a thousand callers fit.
  static let cachedMax = 1_024

  private struct Known {
    let subject: String
    let expires: Int64
  }

  private struct State {
    var keys: JSONWebKeySet
    var cache: [[UInt8]: Known] = [:]
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
    // By digest, so that no token that was believed stays in memory.
    guard let digest = SignatureKey.digest(of: Array(token.utf8)) else { throw .untrusted }
    let now = now()
    if let known = state.withLock({ $0.cache[digest] }), now < known.expires {
      return known.subject
    }
    let parsed = try JSONWebToken(parsing: token)
    let key = state.withLock { $0.keys[parsed.keyID] }
    guard let key, key.algorithm == parsed.algorithm,
      key.key.verifies(parsed.signature, of: parsed.signed)
    else { throw .untrusted }
    try check(parsed, at: now)
    keep(Known(subject: parsed.subject, expires: parsed.expires), digest, parsed.keyID, key.key)
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

  private func keep(_ known: Known, _ digest: [UInt8], _ keyID: String, _ key: SignatureKey) {
    let now = now()
    state.withLock { state in
      // Keys that were replaced meanwhile believe nothing.
      guard state.keys[keyID]?.key === key else { return }
      if state.cache.count >= Self.cachedMax {
        state.cache = state.cache.filter { $0.value.expires > now }
        if state.cache.count >= Self.cachedMax { state.cache.removeAll(keepingCapacity: true) }
      }
      state.cache[digest] = known
    }
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
