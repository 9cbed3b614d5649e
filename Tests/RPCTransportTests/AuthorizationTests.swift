import RPCCore
import RPCServer
import Synchronization
import TestSupport
import Testing

@Suite struct `Authorization of calls` {
  private static func server(
    _ rule: String, token: AuthorizationInterceptor.TokenCheck? = nil,
    audit: @escaping @Sendable (AuthorizationInterceptor.AuditRecord) -> Void = { _ in }
  ) throws -> ServerUnderTest {
    let text =
      #"{"name": "p", "allow_rules": [{"name": "r", "source": {"principals": ["\#(rule)"]}}],"#
      + #" "audit_logging_options": {"audit_condition": "ON_DENY", "audit_loggers": [{"name": "stdout_logger"}]}}"#
    return ServerUnderTest(interceptors: [
      AuthorizationInterceptor(
        policy: try AuthorizationPolicy(parsing: Array(text.utf8)), errorDomain: "test",
        checkToken: token, audit: audit)
    ])
  }

  @Test func `a call that proves nobody is unauthenticated, not denied`() throws {
    let heard = Mutex<[String?]>([])
    let server = try Self.server(
      "*", audit: { record in heard.withLock { $0.append(record.principal) } })
    server.peer.call(1, "/test.Echo/Unary", [7])
    #expect(server.peer[1].status == "16")
    #expect(server.peer[1].messages.isEmpty)
    #expect(heard.withLock { $0 } == [nil])
  }

  private static let check: AuthorizationInterceptor.TokenCheck = {
    token throws(CredentialRefusal) in
    guard token == "good" else { throw .untrusted }
    return "system:serviceaccount:a:b"
  }

  @Test func `a good token is let in, and its field is gone before the handler`() throws {
    let server = try Self.server("system:serviceaccount:a:b", token: Self.check)
    server.peer.call(1, "/test.Echo/Unary", [7], [("authorization", "Bearer good")])
    #expect(server.peer[1].status == "0")
    #expect(server.peer[1].messages == [[7]])
  }

  @Test(arguments: [
    "Bearer bad", "Bearer", "Basic good", "good", "Bearer  good", "bearer good, Bearer good",
  ])
  func `credentials that are no good are unauthenticated even where anybody may`(
    field: String
  ) throws {
    let server = ServerUnderTest(interceptors: [
      AuthorizationInterceptor(policy: nil, errorDomain: "test", checkToken: Self.check)
    ])
    server.peer.call(1, "/test.Echo/Unary", [7], [("authorization", field)])
    #expect(server.peer[1].status == "16")
    #expect(server.serves(on: 3))
  }

  @Test func `two credentials are no credential`() throws {
    let server = try Self.server("*", token: Self.check)
    server.peer.call(
      1, "/test.Echo/Unary", [7],
      [("authorization", "Bearer good"), ("authorization", "Bearer good")])
    #expect(server.peer[1].status == "16")
  }

  @Test func `one who is known and may not is told the rule`() throws {
    let server = try Self.server("spiffe://else", token: Self.check)
    server.peer.call(1, "/test.Echo/Unary", [7], [("authorization", "Bearer good")])
    #expect(server.peer[1].status == "7")
    #expect(
      server.peer[1].message
        == "system:serviceaccount:a:b may not call /test.Echo/Unary: no allow rule")
  }
}
