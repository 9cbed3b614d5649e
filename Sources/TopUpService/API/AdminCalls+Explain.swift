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
    guard request.at == nil else {
      throw ServiceError.notBuiltYet(
        method: "Explain of the past",
        instead: "ListDecisions tells each decision with its figures")
    }
    do throws(StoreError) {
      let (explanation, at) = try await context.engine.explanation(of: account)
      return explanation.api(at: at)
    } catch { throw ServiceError.store(error) }
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
