import RPCCore
import RPCServer
import Testing

@Suite struct `Authorization policies` {
  private static func policy(_ text: String) throws -> AuthorizationPolicy {
    try AuthorizationPolicy(parsing: Array(text.utf8))
  }

  private static func decision(
    _ policy: AuthorizationPolicy, _ principal: String?, _ path: String, _ metadata: Metadata = [:]
  ) -> AuthorizationPolicy.Decision {
    let parts = path.split(separator: "/").map { String($0) }
    return policy.decide(
      principal: principal, service: parts[0], method: parts[1], metadata: metadata)
  }

  /// The shape of gRFC A43's example: one forbidden principal, one rule with all there is.
  private static let example = """
    {"name": "shop",
     "deny_rules": [{"name": "banned", "source": {"principals": ["spiffe://a.example/bad*"]}}],
     "allow_rules": [
       {"name": "readers", "source": {"principals": ["*"]},
        "request": {"paths": ["/shop.Cart/Get*", "*/List"]}},
       {"name": "testers", "source": {"principals": ["spiffe://a.example/test"]},
        "request": {"paths": ["/shop.Cart/Put"],
                    "headers": [{"key": "stage", "values": ["dev", "qa-*"]},
                                {"key": "team", "values": ["*"]}]}}]}
    """

  @Test func `deny comes first, then allow, and the rest is no`() throws {
    let policy = try Self.policy(Self.example)
    let good = "spiffe://a.example/good"
    #expect(
      Self.decision(policy, "spiffe://a.example/bad1", "/shop.Cart/Get") == .denied(rule: "banned"))
    #expect(Self.decision(policy, good, "/shop.Cart/GetAll") == .allowed(rule: "readers"))
    #expect(Self.decision(policy, good, "/shop.Other/List") == .allowed(rule: "readers"))
    #expect(Self.decision(policy, good, "/shop.Cart/Lists") == .noAllowRule)
    #expect(Self.decision(policy, good, "/shop.Carts/Get") == .noAllowRule)
    #expect(Self.decision(policy, nil, "/shop.Cart/Get") == .noAllowRule)
  }

  @Test func `every header of a rule must match, several values as one`() throws {
    let policy = try Self.policy(Self.example)
    func put(_ metadata: Metadata) -> Bool {
      Self.decision(policy, "spiffe://a.example/test", "/shop.Cart/Put", metadata).isAllowed
    }
    #expect(put(["stage": "dev", "team": "x"]))
    #expect(put(["stage": "qa-7", "team": "x"]))
    #expect(!put(["stage": "dev"]))
    #expect(!put(["stage": "prod", "team": "x"]))
    #expect(!put(["stage": "dev", "stage": "dev", "team": "x"]))
    #expect(put(["stage": "qa-1", "stage": "b", "team": "x"]))
  }

  @Test(arguments: [
    ("[]", "must be an object"),
    (#"{"name": "p"}"#, "allow_rules: is required: nobody could call anything"),
    (#"{"name": "p", "allow_rules": []}"#, "allow_rules: must be a list that is not empty"),
    (
      #"{"name": "p", "allow_rules": [{}]}"#,
      "allow_rules[0].name: must be a text that is not empty"
    ),
    (#"{"name": "p", "alow_rules": []}"#, "alow_rules: is not a known key"),
    (
      #"{"name": "p", "allow_rules": [{"name": "r", "source": {"principal": ["a"]}}]}"#,
      "allow_rules[0].source.principal: is not a known key"
    ),
    (
      #"{"name": "p", "allow_rules": [{"name": "r", "request": {"paths": ["/a*b"]}}]}"#,
      "allow_rules[0].request.paths[0]: must be a text, with an asterisk at its beginning or its end at most"
    ),
    (
      #"{"name": "p", "allow_rules": [{"name": "r"}, {"name": "r"}]}"#,
      "allow_rules[1].name: stands twice: r"
    ),
    (
      #"{"name": "p", "allow_rules": [{"name": "r", "request": {"headers": [{"key": "authorization", "values": ["*"]}]}}]}"#,
      "allow_rules[0].request.headers[0].key: credentials are judged before, and are never matched"
    ),
    (
      #"{"name": "p", "allow_rules": [{"name": "r"}], "audit_logging_options": {"audit_condition": "ON_ALLOW", "audit_loggers": [{"name": "mine"}]}}"#,
      "audit_logging_options.audit_loggers[0].name: mine is not built in; stdout_logger writes to the service's own log"
    ),
    (#"{"name": "p", "name": "q"}"#, "the name name stands twice, at byte 14"),
  ])
  func `a fault is told with its place`(text: String, problem: String) {
    let error = #expect(throws: AuthorizationPolicyError.self) { try Self.policy(text) }
    #expect(error?.description == problem)
  }

  @Test(arguments: [
    ("NONE", false, false), ("ON_DENY", true, false), ("ON_ALLOW", false, true),
    ("ON_DENY_AND_ALLOW", true, true),
  ])
  func `audit conditions say which decisions are logged`(name: String, deny: Bool, allow: Bool)
    throws
  {
    let policy = try Self.policy(
      #"{"name": "p", "allow_rules": [{"name": "r"}], "audit_logging_options": {"audit_condition": "\#(name)", "audit_loggers": [{"name": "stdout_logger", "config": {}}, {"name": "other", "is_optional": true}]}}"#
    )
    #expect(policy.audits(.noAllowRule) == deny)
    #expect(policy.audits(.denied(rule: "x")) == deny)
    #expect(policy.audits(.allowed(rule: "r")) == allow)
  }
}
