internal import ProtobufRuntime
public import RPCCore
internal import RPCServices
internal import Synchronization

/// Finds out who calls and asks the policy; the first interceptor of a server that has one.
///
/// A call that proves nobody and may not is UNAUTHENTICATED, one that is known and may not is
/// PERMISSION_DENIED. The `authorization` field is taken out before anything else sees the call.
///
/// What a policy always allows the peer of a connection is noted there, for each method, and holds
/// until the policy is replaced. Refusals, what depends on metadata or comes with credentials, and
/// what the audit log is to hear of are judged call by call.
public final class AuthorizationInterceptor: ServerInterceptor {
  /// One decision, as the audit log has it (gRFC A59).
  public struct AuditRecord: Sendable, Hashable {
    public let method: String
    public let principal: String?
    public let policy: String
    public let decision: AuthorizationPolicy.Decision
  }

  /// Turns a bearer token into the name of whom it speaks for.
  public typealias TokenCheck = @Sendable (String) throws(CredentialRefusal) -> String

  private struct State {
    var policy: AuthorizationPolicy?
    /// Which policy it is, from 0.
    var generation: UInt64 = 0
  }

  private let state: Mutex<State>
  /// That of `state`, to be read without its lock: what was noted under another is void.
  private let generation = Atomic<UInt64>(0)
  private let checkToken: TokenCheck?
  private let errorDomain: String
  private let audit: @Sendable (AuditRecord) -> Void

  /// - Parameters:
  ///   - policy: nil lets every call through whose credentials, if any, are good.
  ///   - checkToken: nil when no token is taken.
  ///   - errorDomain: of the `google.rpc.ErrorInfo` in refusals.
  ///   - audit: told the decisions that the policy's audit condition names; must not block.
  public init(
    policy: AuthorizationPolicy?, errorDomain: String, checkToken: TokenCheck? = nil,
    audit: @escaping @Sendable (AuditRecord) -> Void = { _ in }
  ) {
    state = Mutex(State(policy: policy))
    self.checkToken = checkToken
    self.errorDomain = errorDomain
    self.audit = audit
  }

  /// Has another policy judge the calls that begin from now on.
  public func replace(policy: AuthorizationPolicy) {
    state.withLock { state in
      state = State(policy: policy, generation: state.generation + 1)
      generation.store(state.generation, ordering: .releasing)
    }
  }

  public func callBegan(_ call: any ServerCall) throws(RPCError) {
    if !call.hasCredentials,
      let known = call.connectionNotes.note(of: self) as? Acquaintance,
      known.generation == generation.load(ordering: .acquiring), known.mayCall(call.methodNumber)
    {
      if let principal = known.principal { call.principal = principal }
      return
    }
    try judge(call)
  }

  private func judge(_ call: any ServerCall) throws(RPCError) {
    let name: String?
    do throws(CredentialRefusal) { name = try caller(of: call) } catch {
      throw unauthenticated(error)
    }
    if let name { call.principal = Principal(name: name) }
    let state = state.withLock { $0 }
    let method = call.method
    guard let policy = state.policy else { return note(call, state) }
    let decision = policy.decide(
      principal: name, service: method.service, method: method.method,
      metadata: call.metadata)
    if policy.audits(decision) {
      audit(
        AuditRecord(
          method: method.path, principal: name, policy: policy.name, decision: decision))
    }
    switch decision {
    case .allowed:
      let isConstant = policy.alwaysAllows(
        principal: name, service: method.service, method: method.method)
      if isConstant, !policy.audits(decision) { note(call, state) }
    case .denied, .noAllowRule:
      guard let name else { throw unauthenticated(.missing) }
      throw denied(name, method, decision)
    }
  }

  /// Notes that the connection's peer may call the method under this policy, whatever it sends.
  private func note(_ call: any ServerCall, _ state: State) {
    // A token speaks for one call, not for the connection.
    guard !call.hasCredentials else { return }
    if let known = call.connectionNotes.note(of: self) as? Acquaintance,
      known.generation == state.generation
    {
      return known.note(call.methodNumber)
    }
    let known = Acquaintance(principal: call.principal, generation: state.generation)
    known.note(call.methodNumber)
    call.connectionNotes.keep(known, of: self)
  }

  /// The token's subject before the certificate's: a token is of this call, a connection may be
  /// shared. A token that is no good is never passed over.
  private func caller(of call: any ServerCall) throws(CredentialRefusal) -> String? {
    if let token = try bearer(of: call) {
      guard call.peer.isPrivate else { throw .exposed }
      guard let checkToken else { throw .untrusted }
      return try checkToken(token)
    }
    switch call.peer.identity {
    case .anonymous: return nil
    case .spiffe(let id): return id
    case .process(let user, _): return "unix:uid:\(user)"
    }
  }

  private func bearer(of call: any ServerCall) throws(CredentialRefusal) -> String? {
    guard call.hasCredentials else { return nil }
    let values = call.metadata.values("authorization")
    guard let first = values.first else { return nil }
    call.removeMetadata(forKey: "authorization")
    guard values.count == 1, case .text(let text) = first else { throw .malformed }
    let scheme = text.utf8.prefix(7)
    // RFC 9110 §11.1: a scheme's name has no case.
    guard scheme.elementsEqual("bearer ".utf8, by: { $0 == $1 || $0 | 0x20 == $1 }) else {
      throw .malformed
    }
    return String(text.dropFirst(7))
  }

  // MARK: Refusals

  private func unauthenticated(_ refusal: CredentialRefusal) -> RPCError {
    let info = GoogleErrorInfo(
      reason: "UNAUTHENTICATED", domain: errorDomain, metadata: ["class": refusal.rawValue])
    return RPCError(.unauthenticated, refusal.advice, details: [info])
  }

  private func denied(
    _ name: String, _ method: MethodDescriptor, _ decision: AuthorizationPolicy.Decision
  ) -> RPCError {
    let rule =
      switch decision {
      case .denied(let rule), .allowed(let rule): "rule \(rule)"
      case .noAllowRule: "no allow rule"
      }
    let info = GoogleErrorInfo(
      reason: "PERMISSION_DENIED", domain: errorDomain,
      metadata: ["method": method.path, "principal": name, "rule": rule])
    return RPCError(
      .permissionDenied, "\(name) may not call \(method.path): \(rule)", details: [info])
  }
}
