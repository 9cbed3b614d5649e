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
    let server = try Self.server("*", audit: { record in heard.withLock { $0.append(record.principal) } })
    server.peer.call(1, "/test.Echo/Unary", [7])
    #expect(server.peer[1].status == "16")
    #expect(server.peer[1].messages.isEmpty)
    #expect(heard.withLock { $0 } == [nil])
  }
}
