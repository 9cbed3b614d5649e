internal import RPCCore
internal import TopUpAPI

/// Sends events as a node does: over one stream, or a call each.
struct EventSender: Sendable {
  private let session: Session
  private let plan: EventPlan
  private let source: String
  private let epoch: UInt64

  init(_ session: Session, _ plan: EventPlan, source: String, epoch: UInt64) {
    self.session = session
    self.plan = plan
    self.source = source
    self.epoch = epoch
  }

  // MARK: Single calls

  /// - Throws: ``CallFailure`` of the first call that fails.
  func sendSingly() async throws(CallFailure) -> EventTally {
    var tally = EventTally()
    for index in 0..<plan.count {
      let id = Self.eventID()
      for _ in 0..<(plan.isRepeated(index) ? 2 : 1) {
        let request = ReportLowBalanceRequest(
          sourceID: source, event: plan.event(UInt64(index + 1), id: id))
        tally.sent += 1
        let response = try await session.call(BalanceRPC.reportLowBalance) {
          connection async throws(RPCError) in
          try await connection.balances.reportLowBalance(request, options: connection.unary)
        }
        tally.add(response.result ?? EventResult())
      }
    }
    return tally
  }

  private static func eventID() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  // MARK: One stream

  /// - Throws: ``CallFailure`` when the stream fails; how far it came is told then.
  func sendStream() async throws(CallFailure) -> EventTally {
    let stream = EventStream(plan, source: source, epoch: epoch)
    do throws(CallFailure) {
      try await session.call(BalanceRPC.streamLowBalance) { connection async throws(RPCError) in
        try await connection.balances.streamLowBalance(options: connection.stream()) {
          responses, requests, call async throws(RPCError) in
          try await stream.run(responses, requests, call)
        }
      }
    } catch {
      let tally = stream.tally
      session.console.note("sent \(tally.sent), acknowledged \(tally.acknowledged)")
      throw error
    }
    return stream.tally
  }
}
