public import RPCCore

/// Who may call what: deny rules, then allow rules, and no to all the rest.
///
/// - Source: gRFC A43 (form and order), gRFC A59 (audit conditions).
public struct AuthorizationPolicy: Sendable, Hashable {
  /// What a policy says of one call.
  public enum Decision: Sendable, Hashable {
    case allowed(rule: String)
    case denied(rule: String)
    /// No deny rule applies, and no allow rule does.
    case noAllowRule

    public var isAllowed: Bool {
      switch self {
      case .allowed: true
      case .denied, .noAllowRule: false
      }
    }
  }

  /// Which decisions are to be told to the audit log.
  public enum AuditCondition: String, Sendable, Hashable {
    case none = "NONE"
    case onDeny = "ON_DENY"
    case onAllow = "ON_ALLOW"
    case onDenyAndAllow = "ON_DENY_AND_ALLOW"
  }

  struct HeaderRule: Sendable, Hashable {
    let key: String
    let values: [TextPattern]

    /// Several values of one key are one, joined by commas (RFC 9110 §5.3).
    func matches(_ metadata: Metadata) -> Bool {
      var found: String?
      for element in metadata where element.key == key {
        guard case .text(let text) = element.value else { continue }
        found = found.map { "\($0),\(text)" } ?? text
      }
      guard let found else { return false }
      return values.contains { $0.matches(found) }
    }
  }

  struct Rule: Sendable, Hashable {
    let name: String
    /// None: any peer, known or not.
    let principals: [TextPattern]
    let paths: [TextPattern]
    let headers: [HeaderRule]
  }

  public let name: String
  public let auditCondition: AuditCondition
  let denyRules: [Rule]
  let allowRules: [Rule]

  init(name: String, denyRules: [Rule], allowRules: [Rule], auditCondition: AuditCondition) {
    self.name = name
    self.denyRules = denyRules
    self.allowRules = allowRules
    self.auditCondition = auditCondition
  }

  /// Judges one call.
  ///
  /// - Parameters:
  ///   - principal: who calls; nil when nobody proved to be anyone.
  ///   - service: the full service name; with the method it makes the `:path` that rules match.
  ///   - metadata: without the credentials.
  public func decide(
    principal: String?, service: String, method: String, metadata: Metadata
  ) -> Decision {
    for rule in denyRules where matches(rule, principal, service, method, metadata) {
      return .denied(rule: rule.name)
    }
    for rule in allowRules where matches(rule, principal, service, method, metadata) {
      return .allowed(rule: rule.name)
    }
    return .noAllowRule
  }

  /// Whether every call of a method is allowed, whatever its metadata: no rule on the way to the
  /// decision asks for a field.
  func alwaysAllows(principal: String?, service: String, method: String) -> Bool {
    guard !denyRules.contains(where: { matches($0, principal, service, method) }) else {
      return false
    }
    return allowRules.first { matches($0, principal, service, method) }?.headers.isEmpty ?? false
  }

  private func matches(
    _ rule: Rule, _ principal: String?, _ service: String, _ method: String,
    _ metadata: Metadata
  ) -> Bool {
    matches(rule, principal, service, method) && rule.headers.allSatisfy { $0.matches(metadata) }
  }

  /// Whether a rule is about a caller and a method; what it asks of metadata apart.
  private func matches(
    _ rule: Rule, _ principal: String?, _ service: String, _ method: String
  ) -> Bool {
    guard
      rule.paths.isEmpty
        || rule.paths.contains(where: { $0.matches(service: service, method: method) })
    else { return false }
    if !rule.principals.isEmpty {
      guard let principal, rule.principals.contains(where: { $0.matches(principal) }) else {
        return false
      }
    }
    return true
  }

  /// Whether a decision belongs in the audit log.
  public func audits(_ decision: Decision) -> Bool {
    switch auditCondition {
    case .none: false
    case .onDeny: !decision.isAllowed
    case .onAllow: decision.isAllowed
    case .onDenyAndAllow: true
    }
  }
}
