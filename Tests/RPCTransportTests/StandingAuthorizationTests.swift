import RPCCore
import RPCServer
import Synchronization
import TestSupport
import Testing

/// What was found out with one call of a connection must not outlive what made it true.
@Suite struct `Authorization from call to call` {
  private static let console = PeerIdentity.spiffe("spiffe://d.example/console")

  private static func policy(_ rules: String, audit: String = "NONE") throws -> AuthorizationPolicy
  {
    let text =
      #"{"name": "p", \#(rules), "audit_logging_options": {"audit_condition": "\#(audit)","#
      + #" "audit_loggers": [{"name": "stdout_logger"}]}}"#
    return try AuthorizationPolicy(parsing: Array(text.utf8))
  }

  private static func allow(_ principal: String, _ path: String = "*") throws -> AuthorizationPolicy
  {
    try policy(
      #""allow_rules": [{"name": "r", "source": {"principals": ["\#(principal)"]},"#
        + #" "request": {"paths": ["\#(path)"]}}]"#)
  }

  private final class Ground {
    let authorization: AuthorizationInterceptor
    let server: ServerUnderTest
    private var nextID: UInt32 = 1

    init(
      _ policy: AuthorizationPolicy?, _ identity: PeerIdentity = console,
      token: AuthorizationInterceptor.TokenCheck? = nil,
      audit: @escaping @Sendable (AuthorizationInterceptor.AuditRecord) -> Void = { _ in }
    ) {
      authorization = AuthorizationInterceptor(
        policy: policy, errorDomain: "test", checkToken: token, audit: audit)
      server = ServerUnderTest(
        interceptors: [authorization, Witness()],
        from: PeerConnection(address: "test", isPrivate: true, identity: identity))
    }

    /// - Returns: the status of one more call on the connection.
    func call(
      _ path: String = "/test.Echo/Unary", _ fields: [(String, String)] = []
    ) -> String? {
      defer { nextID += 2 }
      server.peer.call(nextID, path, [7], fields)
      return server.peer[nextID].status
    }

    /// For whom the last call was made.
    var principal: String? { server.peer[nextID - 2].trailers["x-principal"] }
  }

  private final class Witness: ServerInterceptor {
    func callBegan(_ call: any ServerCall) throws(RPCError) {
      var told: Metadata = [:]
      let name = call.principal?.name ?? "nobody"
      told.appendUnchecked(Metadata.Element(key: "x-principal", value: .text(name)))
      call.addTrailers(told)
    }
  }

  @Test func `another policy counts from the very next call of an old connection`() throws {
    let ground = Ground(try Self.allow("spiffe:*"))
    for _ in 0..<3 { #expect(ground.call() == "0") }
    ground.authorization.replace(policy: try Self.allow("spiffe://else"))
    for _ in 0..<2 { #expect(ground.call() == "7") }
    ground.authorization.replace(policy: try Self.allow("spiffe:*"))
    for _ in 0..<2 { #expect(ground.call() == "0") }
  }

  @Test func `a first policy counts from the very next call of an old connection`() throws {
    let ground = Ground(nil)
    for _ in 0..<2 { #expect(ground.call() == "0") }
    ground.authorization.replace(policy: try Self.allow("spiffe://else"))
    #expect(ground.call() == "7")
  }

  @Test func `each call is made for the connection's caller, the first and those after`() throws {
    let ground = Ground(try Self.allow("spiffe:*"))
    for _ in 0..<3 {
      #expect(ground.call() == "0")
      #expect(ground.principal == "spiffe://d.example/console")
    }
    let open = Ground(nil)
    for _ in 0..<3 {
      #expect(open.call() == "0")
      #expect(open.principal == "spiffe://d.example/console")
    }
  }

  @Test func `one method that may be called opens no other`() throws {
    let ground = Ground(try Self.allow("*", "/test.Echo/Unary"))
    for _ in 0..<2 {
      #expect(ground.call("/test.Echo/Unary") == "0")
      #expect(ground.call("/test.Echo/Metadata") == "7")
    }
  }

  @Test(arguments: [
    #""allow_rules": [{"name": "r", "request": {"headers": [{"key": "x-may", "values": ["y"]}]}}]"#,
    #""deny_rules": [{"name": "d", "request": {"headers": [{"key": "x-may", "values": ["n"]}]}}],"#
      + #" "allow_rules": [{"name": "r"}]"#,
    #""allow_rules": [{"name": "h", "request": {"headers": [{"key": "x-may", "values": ["y"]}]}},"#
      + #" {"name": "n", "source": {"principals": ["else"]}}]"#,
  ])
  func `what depends on metadata is judged with each call`(rules: String) throws {
    let ground = Ground(try Self.policy(rules))
    for _ in 0..<3 {
      #expect(ground.call("/test.Echo/Unary", [("x-may", "y")]) == "0")
      #expect(ground.call("/test.Echo/Unary", [("x-may", "n")]) == "7")
    }
  }

  @Test func `a token's caller and the connection's are never taken for each other`() throws {
    let ground = Ground(
      try Self.policy(
        #""allow_rules": [{"name": "a", "source": {"principals": ["spiffe:*", "system:*"]}}]"#),
      token: { token throws(CredentialRefusal) in
        guard token == "good" else { throw .untrusted }
        return "system:serviceaccount:a:b"
      })
    for _ in 0..<2 {
      #expect(ground.call() == "0")
      #expect(ground.principal == "spiffe://d.example/console")
      #expect(ground.call("/test.Echo/Unary", [("authorization", "Bearer good")]) == "0")
      #expect(ground.principal == "system:serviceaccount:a:b")
      #expect(ground.call("/test.Echo/Unary", [("authorization", "Bearer bad")]) == "16")
    }
    ground.authorization.replace(policy: try Self.allow("spiffe:*"))
    #expect(ground.call("/test.Echo/Unary", [("authorization", "Bearer good")]) == "7")
    #expect(ground.call() == "0")
  }

  @Test func `the audit log hears of every call it asks for`() throws {
    let heard = Mutex(0)
    let ground = Ground(
      try Self.policy(#""allow_rules": [{"name": "r"}]"#, audit: "ON_ALLOW"),
      audit: { _ in heard.withLock { $0 += 1 } })
    for _ in 0..<3 { #expect(ground.call() == "0") }
    #expect(heard.withLock { $0 } == 3)
  }
}
