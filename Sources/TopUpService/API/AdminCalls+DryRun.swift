internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// What another rule would have decided.

extension AdminCalls {
  /// The most decisions that one answer tells: the newest, so that it stays within its size.
  private static let toldMax = 500

  package func dryRunPolicy(
    _ request: DryRunPolicyRequest, context call: ServerContext
  ) async throws -> DryRunPolicyResponse {
    try context.permitService(call)
    var reader = context.reader()
    let policy = reader.policy(request.policy)
    try reader.finish()
    guard let policy else { throw ServiceError.invalid([]) }
    try context.permit(call, account: policy.account, "policy.account")
    try context.permit(call, payer: policy.payer, "policy.payer")
    let since = request.since.map { UnixTime($0) } ?? UnixTime(seconds: 0)
    try context.shadows.check(policy)
    let (decisions, hasMore) = try await context.verifications.look {
      snapshot throws(StoreError) in
      let rows = try snapshot.decisionLog(
        of: policy.account, since: since, limit: Self.toldMax + 1)
      var decisions: [TopUpAPI.Decision] = []
      for row in rows.prefix(Self.toldMax).reversed() where row.record != nil {
        decisions.append(try row.told(under: policy))
      }
      return (decisions, rows.count > Self.toldMax)
    }
    return DryRunPolicyResponse(decisions: decisions, moreDecisions: hasMore)
  }
}

extension StoredDecision {
  /// What a rule would have made of it; the rule is none of the account's versions.
  fileprivate func told(
    under policy: TopUpCore.Policy
  ) throws(StoreError) -> TopUpAPI.Decision {
    guard let record else { return api }
    let input: DecisionInput
    do throws(DecisionCodecError) { input = try DecisionCodec.decode(record.input) } catch {
      throw .corrupt("decision \(position): \(error)")
    }
    var decision = api
    decision.topUpID = ""
    decision.policyVersion = 0
    switch input.decided(under: policy) {
    case .skip(let skip):
      decision.skipReason = skip.reason.api
      decision.explanation = skip.explanation
      decision.effectiveBalance = skip.effective.map { String($0) } ?? ""
    case .topUp(let plan):
      decision.skipReason = .unspecified
      decision.explanation = "\(plan.amount): \(plan.explanation)"
      decision.effectiveBalance = plan.effective.map { String($0) } ?? ""
    case .needsQuote:
      decision.skipReason = .rampUnavailable
      decision.explanation = "a price is needed"
    }
    return decision
  }
}
