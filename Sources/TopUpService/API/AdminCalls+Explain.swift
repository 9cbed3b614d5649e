internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// Why an account is charged, or is not.

extension AdminCalls {
  package func explain(
    _ request: ExplainRequest, context call: ServerContext
  ) async throws -> ExplainResponse {
    try context.permitService(call)
    var reader = context.reader()
    let account = reader.account(request.account)
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    if let at = request.at { return try recorded(account, UnixTime(at)) }
    do throws(StoreError) {
      let (explanation, at) = try await context.engine.explanation(of: account)
      return explanation.api(at: at)
    } catch { throw ServiceError.store(error) }
  }

  /// The last decision that was made by a moment, from what it looked at.
  private func recorded(
    _ account: AccountKey, _ moment: UnixTime
  ) throws(ServiceError) -> ExplainResponse {
    let found = try context.store.look { snapshot throws(StoreError) in
      try snapshot.decision(of: account, asOf: moment)
    }
    guard let found else {
      throw .notFound(resource: "decision", name: "\(account.name) by \(moment)")
    }
    guard let record = found.record else {
      throw .notFound(resource: "record", name: "of decision \(found.position)")
    }
    do throws(DecisionCodecError) {
      let input = try DecisionCodec.decode(record.input)
      return TopUpCore.explain(input).api(at: input.now)
    } catch { throw .store(.corrupt("decision \(found.position): \(error)")) }
  }
}

extension Explanation {
  fileprivate func api(at moment: UnixTime) -> ExplainResponse {
    var response = ExplainResponse(predicates: findings.map(\.api), at: moment.timestamp)
    switch decision {
    case .topUp(let plan):
      response.wouldCharge = plan.amount.api
      response.summary = plan.explanation
    case .skip(let skip):
      response.skipReason = skip.reason.api
      response.summary = skip.explanation
    case .needsQuote: response.summary = "the ramp's price is not settled yet"
    }
    return response
  }
}

extension Explanation.Finding {
  fileprivate var api: TopUpAPI.Predicate {
    TopUpAPI.Predicate(
      name: predicate.rawValue, holds: standing == .holds, left: "\(left)", right: "\(right)",
      relation: relation.rawValue, standing: standing.api, subject: subject)
  }
}

extension Explanation.Standing {
  fileprivate var api: TopUpAPI.PredicateStanding {
    switch self {
    case .holds: .holds
    case .notNeeded: .notNeeded
    case .fails: .fails
    case .waits: .waits
    case .notReached: .notReached
    }
  }
}
