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
    let rows = try recorded(of: policy.account, since: since)
    return DryRunPolicyResponse(decisions: try rows.map { try $0.told(under: policy) })
  }

  /// An account's newest decisions since a moment, the oldest of them first.
  private func recorded(
    of account: AccountKey, since moment: UnixTime
  ) throws(ServiceError) -> [StoredDecision] {
    let pageSize = 500
    var rows: [StoredDecision] = []
    var last: Int64 = 0
    while true {
      let page = try context.store.look { snapshot throws(StoreError) in
        try snapshot.decisionLog(of: account, after: last, limit: pageSize)
      }
      rows += page.filter { $0.at >= moment && $0.record != nil }
      rows = Array(rows.suffix(Self.toldMax))
      guard let final = page.last, page.count == pageSize else { return rows }
      last = final.position
    }
  }
}

extension StoredDecision {
  /// What a rule would have made of it; the rule is none of the account's versions.
  fileprivate func told(
    under policy: TopUpCore.Policy
  ) throws(ServiceError) -> TopUpAPI.Decision {
    guard let record else { return api }
    let input: DecisionInput
    do throws(DecisionCodecError) { input = try DecisionCodec.decode(record.input) } catch {
      throw .store(.corrupt("decision \(position): \(error)"))
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
      decision.effectiveBalance = String(plan.effective)
    case .needsQuote:
      decision.skipReason = .rampUnavailable
      decision.explanation = "a price is needed"
    }
    return decision
  }
}
