internal import RPCCore
internal import StrictJSON

extension AuthorizationPolicy {
  /// Reads a policy in the form of gRFC A43.
  ///
  /// Stricter than the form's other readers: a key that is not known, an asterisk in the middle and
  /// a list that is there but empty are errors, for each would make a rule mean something else than
  /// its author read.
  /// - Throws: ``AuthorizationPolicyError`` with the place of the first fault.
  public init(parsing text: [UInt8]) throws(AuthorizationPolicyError) {
    let json: JSON
    do throws(JSONError) { json = try JSON(parsing: text) } catch {
      throw AuthorizationPolicyError("", "\(error)")
    }
    let root = try PolicyObject(
      json, "", knows: ["name", "deny_rules", "allow_rules", "audit_logging_options"])
    guard let allow = try root.list("allow_rules") else {
      throw AuthorizationPolicyError("allow_rules", "is required: nobody could call anything")
    }
    self.init(
      name: try root.text("name"), denyRules: try Self.rules(try root.list("deny_rules") ?? []),
      allowRules: try Self.rules(allow),
      auditCondition: try Self.audit(root))
  }

  private static func rules(
    _ items: [PolicyObject.Item]
  ) throws(AuthorizationPolicyError) -> [Rule] {
    var rules: [Rule] = []
    for item in items {
      let object = try PolicyObject(item.value, item.path, knows: ["name", "source", "request"])
      let source = try object.object("source", knows: ["principals"])
      let request = try object.object("request", knows: ["paths", "headers"])
      let rule = Rule(
        name: try object.text("name"), principals: try source?.patterns("principals") ?? [],
        paths: try request?.patterns("paths") ?? [],
        headers: try headers(try request?.list("headers") ?? []))
      guard !rules.contains(where: { $0.name == rule.name }) else {
        throw AuthorizationPolicyError("\(item.path).name", "stands twice: \(rule.name)")
      }
      rules.append(rule)
    }
    return rules
  }

  private static func headers(
    _ items: [PolicyObject.Item]
  ) throws(AuthorizationPolicyError) -> [HeaderRule] {
    var rules: [HeaderRule] = []
    for item in items {
      let object = try PolicyObject(item.value, item.path, knows: ["key", "values"])
      let key = try object.text("key")
      if let problem = problem(ofKey: key) {
        throw AuthorizationPolicyError("\(item.path).key", problem)
      }
      guard let values = try object.patterns("values") else {
        throw AuthorizationPolicyError("\(item.path).values", "is required")
      }
      rules.append(HeaderRule(key: key, values: values))
    }
    return rules
  }

  /// A rule on a field that no rule gets to see would never apply: silent for a deny rule.
  private static func problem(ofKey key: String) -> String? {
    if !key.utf8.allSatisfy(Metadata.isKeyByte) {
      return "only 0-9 a-z _ - . can be in a key of metadata"
    }
    if key.hasPrefix("grpc-") || unmatchedKeys.contains(key) {
      return "\(key) is the protocol's own and is not matched"
    }
    if key.hasSuffix("-bin") { return "binary metadata is not matched" }
    if key == "authorization" { return "credentials are judged before, and are never matched" }
    return nil
  }

  private static let unmatchedKeys: Set<String> = [
    "host", "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
    "trailer", "transfer-encoding", "upgrade", "content-type", "user-agent",
  ]

  // MARK: Audit (gRFC A59)

  private static func audit(
    _ root: PolicyObject
  ) throws(AuthorizationPolicyError) -> AuditCondition {
    let options = try root.object(
      "audit_logging_options", knows: ["audit_condition", "audit_loggers"])
    guard let options else { return .none }
    var condition = AuditCondition.none
    if options.has("audit_condition") {
      let name = try options.text("audit_condition")
      guard let known = AuditCondition(rawValue: name) else {
        throw AuthorizationPolicyError(
          "audit_logging_options.audit_condition",
          "must be NONE, ON_DENY, ON_ALLOW or ON_DENY_AND_ALLOW, not \(name)")
      }
      condition = known
    }
    var isLogged = false
    for item in try options.list("audit_loggers") ?? [] {
      let logger = try PolicyObject(
        item.value, item.path, knows: ["name", "config", "is_optional"])
      let name = try logger.text("name")
      if name == "stdout_logger" {
        isLogged = true
      } else if try !logger.flag("is_optional") {
        throw AuthorizationPolicyError(
          "\(item.path).name",
          "\(name) is not built in; stdout_logger writes to the service's own log")
      }
    }
    return isLogged ? condition : .none
  }
}
