internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// What was decided, decided again (invariant 1).

extension AdminCalls {
  /// Of one read: between two of them the store may cut its log.
  private static let replayPage = 500

  package func replayDecisions(
    _ request: ReplayDecisionsRequest, context call: ServerContext
  ) async throws -> ReplayDecisionsResponse {
    try context.permitService(call)
    var reader = context.reader()
    let account = request.account.flatMap { reader.account($0) }
    let (after, through) = reader.range(
      after: request.afterPosition, through: request.throughPosition)
    try reader.finish()
    if let account { try context.permit(call, account: account) }
    var replay = DecisionReplay()
    var last = after
    while last < through {
      let page = try await context.verifications.look {
        [last, replay] snapshot throws(StoreError) in
        let rows = try snapshot.decisionLog(of: account, after: last, limit: Self.replayPage)
        var next = replay
        next.replay(rows.filter { $0.position <= through })
        return (replay: next, last: rows.count == Self.replayPage ? rows.last?.position : nil)
      }
      replay = page.replay
      guard let final = page.last else { break }
      last = final
    }
    return ReplayDecisionsResponse(
      same: replay.same, different: replay.different,
      differences: replay.faults.map { "\($0)" }, position: replay.position)
  }
}

extension RequestReader {
  /// Positions of decisions behind one and up to another; 0 stands for the log's own end.
  fileprivate mutating func range(
    after: Int64, through: Int64
  ) -> (after: Int64, through: Int64) {
    if after < 0 { reject(FieldViolation("after_position", "must not be below zero")) }
    if through < 0 { reject(FieldViolation("through_position", "must not be below zero")) }
    if through > 0, through <= after {
      reject(FieldViolation("through_position", "must be above after_position"))
    }
    return (after, through > 0 ? through : .max)
  }
}
