import RPCCore
import RPCServer
import Synchronization
import TestSupport
import Testing

@Suite struct `Authorization of calls` {
  private static func server(
    _ rule: String, token: AuthorizationInterceptor.TokenCheck? = nil,
    _ identity: PeerIdentity = .anonymous, isPrivate: Bool = true,
    audit: @escaping @Sendable (AuthorizationInterceptor.AuditRecord) -> Void = { _ in }
  ) throws -> ServerUnderTest {
    let text =
      #"{"name": "p", "allow_rules": [{"name": "r", "source": {"principals": ["\#(rule)"]}}],"#
      + #" "audit_logging_options": {"audit_condition": "ON_DENY", "audit_loggers": [{"name": "stdout_logger"}]}}"#
    return ServerUnderTest(
      interceptors: [
        AuthorizationInterceptor(
          policy: try AuthorizationPolicy(parsing: Array(text.utf8)), errorDomain: "test",
          checkToken: token, audit: audit), Witness(),
      ],
      from: PeerConnection(address: "test", isPrivate: isPrivate, identity: identity))
  }

  /// Stands behind the authorization and sends back, with the response, what it is told.
  private final class Witness: ServerInterceptor {
    func callBegan(_ call: any ServerCall) throws(RPCError) {
      let fields = call.metadata.map(\.key).sorted().joined(separator: " ")
      var told: Metadata = [:]
      let name = call.principal?.name ?? "nobody"
      told.appendUnchecked(Metadata.Element(key: "x-principal", value: .text(name)))
      told.appendUnchecked(Metadata.Element(key: "x-fields", value: .text(fields)))
      call.addTrailers(told)
    }
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

  @Test func `the credentials are gone for whoever comes after, and what is beside them is not`()
    throws
  {
    let server = try Self.server("*", token: Self.check)
    server.peer.call(
      1, "/test.Echo/Metadata", [7], [("authorization", "Bearer good"), ("x-other", "kept")])
    let answer = server.peer[1]
    #expect(answer.trailers["grpc-status"] == "0")
    // The handler sends back all the metadata that it sees, before and after its message.
    #expect(answer.head["x-other"] == "kept")
    for block in answer.blocks { #expect(block["authorization"] == nil) }
    #expect(answer.trailers["x-fields"] == "x-other")
    #expect(answer.trailers["x-principal"] == "system:serviceaccount:a:b")
  }

  @Test(arguments: [
    (PeerIdentity.spiffe("spiffe://d.example/console"), "spiffe://d.example/console"),
    (.process(user: 1_000, pid: 7), "unix:uid:1000"),
  ])
  func `what a connection proves is who calls`(identity: PeerIdentity, name: String) throws {
    let server = try Self.server(name, identity)
    server.peer.call(1, "/test.Echo/Unary", [7])
    #expect(server.peer[1].status == "0")
    #expect(server.peer[1].trailers["x-principal"] == name)
    let other = try Self.server("\(name)2", identity)
    other.peer.call(1, "/test.Echo/Unary", [7])
    #expect(other.peer[1].status == "7")
    #expect(
      other.peer[1].message == "\(name) may not call /test.Echo/Unary: no allow rule")
  }

  @Test func `a token says who calls, whatever the connection proves`() throws {
    let identity = PeerIdentity.spiffe("spiffe://d.example/console")
    let server = try Self.server("system:*", token: Self.check, identity)
    server.peer.call(1, "/test.Echo/Unary", [7], [("authorization", "Bearer good")])
    #expect(server.peer[1].trailers["x-principal"] == "system:serviceaccount:a:b")
    // The next call of the connection is the certificate's again.
    server.peer.call(3, "/test.Echo/Unary", [7])
    #expect(server.peer[3].status == "7")
    // And a token that is no good is not passed over for it.
    let open = try Self.server("spiffe:*", token: Self.check, identity)
    open.peer.call(1, "/test.Echo/Unary", [7], [("authorization", "Bearer bad")])
    #expect(open.peer[1].status == "16")
    open.peer.call(3, "/test.Echo/Unary", [7])
    #expect(open.peer[3].status == "0")
  }

  @Test func `a token that others may have read is refused, good as it is`() throws {
    let server = try Self.server("*", token: Self.check, isPrivate: false)
    server.peer.call(1, "/test.Echo/Unary", [7], [("authorization", "Bearer good")])
    #expect(server.peer[1].status == "16")
    #expect(server.peer[1].message == CredentialRefusal.exposed.advice)
    #expect(server.peer[1].messages.isEmpty)
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

  @Test func `a token where none is taken is not passed over`() {
    let server = ServerUnderTest(interceptors: [
      AuthorizationInterceptor(policy: nil, errorDomain: "test", checkToken: nil)
    ])
    server.peer.call(1, "/test.Echo/Unary", [7], [("authorization", "Bearer good")])
    #expect(server.peer[1].status == "16")
    #expect(server.peer[1].message == CredentialRefusal.untrusted.advice)
    #expect(server.serves(on: 3))
  }

  @Test func `the audit is told what its condition names, and no more`() throws {
    let heard = Mutex<[String?]>([])
    let server = try Self.server(
      "system:*", token: Self.check,
      audit: { record in heard.withLock { $0.append(record.principal) } })
    server.peer.call(1, "/test.Echo/Unary", [7], [("authorization", "Bearer good")])
    #expect(server.peer[1].status == "0")
    #expect(heard.withLock { $0 }.isEmpty)
    server.peer.call(3, "/test.Echo/Unary", [7])
    #expect(heard.withLock { $0 } == [nil])
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
