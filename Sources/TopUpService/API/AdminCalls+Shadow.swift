internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// A rule that is tried beside an account's own.

extension AdminCalls {
  package func setShadowPolicy(
    _ request: SetShadowPolicyRequest, context call: ServerContext
  ) async throws -> SetShadowPolicyResponse {
    try context.permitService(call)
    var reader = context.reader()
    let account = reader.account(request.account)
    let policy = request.policy.flatMap { reader.policy($0) }
    let (actor, reason) = reader.person(request.actor)
    reader.expected(request.expectedVersion)
    if let policy, policy.account != account {
      reader.reject(FieldViolation("policy.account", "must be account"))
    }
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    if let policy { try context.permit(call, payer: policy.payer, "policy.payer") }
    let kept = try await context.shadows.set(
      ShadowRequest(
        account: account, policy: policy, expected: request.expectedVersion, actor: actor,
        reason: reason))
    return SetShadowPolicyResponse(shadow: kept.api)
  }

  package func getShadowPolicy(
    _ request: GetShadowPolicyRequest, context call: ServerContext
  ) async throws -> GetShadowPolicyResponse {
    try context.permitService(call)
    var reader = context.reader()
    let account = reader.account(request.account)
    let size = reader.pageSize(request.pageSize)
    let before = reader.position(request.pageToken)
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    let shadow = try context.shadows.get(account)
    let found = try context.store.look { snapshot throws(StoreError) in
      try snapshot.shadowDifferences(of: account, before: before, limit: size + 1)
    }
    let page = found.prefix(size)
    return GetShadowPolicyResponse(
      shadow: shadow.api, differences: page.map(\.api),
      nextPageToken: found.count > size ? page.last.map { "\($0.position)" } ?? "" : "")
  }
}

extension ServiceContext {
  var shadows: ShadowKeeper { ShadowKeeper(store: store, clock: clock, fence: fence) }
}

extension StoredShadow {
  fileprivate var api: TopUpAPI.ShadowPolicy {
    TopUpAPI.ShadowPolicy(
      policy: shadow.policy?.api, version: shadow.version,
      actor: ActorMessage(name: shadow.actor, reason: shadow.reason), setAt: shadow.set.timestamp,
      looks: looks,
      counts: ShadowDifference.Kind.allCases.compactMap { kind in
        differences[kind].map { ShadowCount(kind: kind.api, looks: $0) }
      })
  }
}

extension StoredShadowDifference {
  fileprivate var api: TopUpAPI.ShadowDifference {
    TopUpAPI.ShadowDifference(
      position: position, at: difference.at.timestamp, kind: difference.kind.api,
      live: difference.live.apiWord, liveExplanation: difference.live.explanation,
      shadow: difference.shadow.apiWord, shadowExplanation: difference.shadow.explanation)
  }
}

extension TopUpCore.ShadowDifference.Outcome {
  /// A reason by its name on the wire, without the part that all have.
  fileprivate var apiWord: String {
    guard let name = TopUpCore.SkipReason(rawValue: word)?.api.protoName else { return word }
    return String(name.trimmingPrefix("SKIP_REASON_"))
  }
}

extension TopUpCore.ShadowDifference.Kind {
  fileprivate var api: TopUpAPI.ShadowKind {
    switch self {
    case .wouldCharge: .wouldCharge
    case .wouldSkip: .wouldSkip
    case .otherAmount: .otherAmount
    case .otherReason: .otherReason
    }
  }
}
