internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// The three books, compared on request (invariant 40).

extension AdminCalls {
  /// What is younger may be under way: a confirm takes half a minute at most, and a webhook follows
  /// within seconds.
  private static let settledFor = Duration.seconds(120)

  package func reconcile(
    _ request: ReconcileRequest, responses: MessageWriter<ReconcileResponse>,
    context call: ServerContext
  ) async throws {
    try context.permitService(call)
    var reader = context.reader()
    var repairer: String?
    if request.repair { repairer = reader.signature(of: request.actor) }
    let since = reader.moment(request.since, "since")
    let span = reader.span(request.settledFor, "settled_for", or: Self.settledFor)
    try reader.finish()
    let asked = ReconciliationRequest(
      scope: .asked, since: since, settledFor: span,
      repairer: repairer)
    let result: Reconciliation
    do throws(ReconciliationError) {
      result = try await context.engine.reconcile(asked) { !Task.isCancelled }
    } catch { throw error.refusal }
    for finding in result.findings { try await responses.write(finding.api) }
  }

  package func settleByHand(
    _ request: SettleByHandRequest, context call: ServerContext
  ) async throws -> SettleByHandResponse {
    try context.permitService(call)
    var reader = context.reader()
    let object = reader.name(request.objectID, "object_id")
    let actor = reader.signature(of: request.actor)
    try reader.finish()
    try await context.engine.settleByHand(object, by: actor)
    return SettleByHandResponse()
  }

  package func clearBehind(
    _ request: ClearBehindRequest, context call: ServerContext
  ) async throws -> ClearBehindResponse {
    try context.permitService(call)
    var reader = context.reader()
    let actor = reader.signature(of: request.actor)
    try reader.finish()
    let reason = try await context.engine.clearBehind(by: actor) { !Task.isCancelled }
    return ClearBehindResponse(wasBehind: reason)
  }
}

extension RequestReader {
  /// Who does something and why, for the record.
  fileprivate mutating func signature(of actor: ActorMessage?) -> String {
    let name = name(actor?.name ?? "", "actor.name")
    let reason = self.name(actor?.reason ?? "", "actor.reason")
    return "\(name), \(reason)"
  }
}

extension ReconciliationError {
  /// As a caller is told.
  var refusal: ServiceError {
    switch self {
    case .store(let error): .store(error)
    case .unanswered(let name, let detail): .dependencyUnavailable(name: name, detail: detail)
    case .tooMany(let name):
      .invalid([
        FieldViolation(
          "since", "there are more \(name) than one comparison reads; name a later moment")
      ])
    case .givenUp: .store(.unavailable("the comparison was given up"))
    }
  }

  /// For the log.
  var words: String {
    switch self {
    case .store(let error): "the store: \(error)"
    case .unanswered(let name, let detail): "the \(name) did not answer: \(detail)"
    case .tooMany(let name): "more \(name) than one comparison reads"
    case .givenUp: "given up"
    }
  }
}

extension TopUpService.Reconciliation {
  var api: TopUpAPI.Reconciliation {
    TopUpAPI.Reconciliation(
      scope: scope.rawValue, endedAt: ended.timestamp, payments: Int64(compared),
      differences: Int64(findings.count), openDifferences: Int64(open.count))
  }
}

extension TopUpService.Reconciliation.Finding {
  fileprivate var api: ReconcileResponse {
    let kind = difference.kind
    return ReconcileResponse(
      difference:
        "\(kind.meaning): \(difference.ours) here, \(difference.theirs) there (\(difference.object))",
      topUpID: difference.topUp?.rawValue ?? "", repaired: isRepaired, kind: kind.rawValue,
      objectID: difference.object, ours: difference.ours, theirs: difference.theirs,
      repairable: difference.isRepairable, alarm: kind.isAlarm, remedy: kind.remedy)
  }
}
