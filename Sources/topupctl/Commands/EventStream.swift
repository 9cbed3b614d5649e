internal import RPCCore
internal import Synchronization
internal import TopUpAPI

/// One stream of low-balance events: Hello and Welcome, then events in sequence within the window
/// that the server grants.
final class EventStream: Sendable {
  /// Of one message, well within the 256 KiB that the server takes.
  private static let batchMax = 100

  private let plan: EventPlan
  private let source: String
  private let epoch: UInt64
  private let state = Mutex(EventTally())

  init(_ plan: EventPlan, source: String, epoch: UInt64) {
    self.plan = plan
    self.source = source
    self.epoch = epoch
  }

  /// What has become of the events so far.
  var tally: EventTally { state.withLock { $0 } }

  /// - Throws: the stream's failure; ABORTED when the server lacks an event that was sent,
  ///   UNAVAILABLE when it shuts down.
  func run(
    _ responses: MessageStream<StreamLowBalanceResponse>,
    _ requests: MessageWriter<StreamLowBalanceRequest>, _ call: any ClientCall
  ) async throws(RPCError) {
    let hello = Hello(sourceID: source, sourceEpoch: epoch, version: 1)
    try await requests.write(StreamLowBalanceRequest(message: .hello(hello)))
    guard case .welcome(let welcome) = try await responses.next()?.message else {
      throw RPCError(.aborted, "the server did not answer Hello with Welcome")
    }
    var outgoing = plan.sequence(from: welcome.resumeFrom).makeIterator()
    var credit = Int(welcome.window)
    var batch = Self.take(min(credit, Self.batchMax), of: &outgoing)
    while !batch.isEmpty {
      let sent = batch.count
      try await requests.write(Self.request(batch))
      state.withLock { $0.sent += sent }
      credit -= sent
      while credit <= 0 { credit += try await acknowledgement(responses) }
      batch = Self.take(min(credit, Self.batchMax), of: &outgoing)
    }
    call.endRequests()
    while let response = try await responses.next() { _ = try take(response) }
  }

  private static func take(
    _ count: Int, of events: inout some IteratorProtocol<LowBalanceEvent>
  ) -> [LowBalanceEvent] {
    var batch: [LowBalanceEvent] = []
    while batch.count < count, let event = events.next() { batch.append(event) }
    return batch
  }

  private static func request(_ batch: [LowBalanceEvent]) -> StreamLowBalanceRequest {
    if batch.count == 1 { return StreamLowBalanceRequest(message: .event(batch[0])) }
    return StreamLowBalanceRequest(message: .batch(EventBatch(events: batch)))
  }

  /// Waits for the next message.
  ///
  /// - Returns: how many events more may be sent.
  private func acknowledgement(
    _ responses: MessageStream<StreamLowBalanceResponse>
  ) async throws(RPCError) -> Int {
    guard let response = try await responses.next() else {
      throw RPCError(.aborted, "the server ended the stream before it had every event")
    }
    return try take(response)
  }

  private func take(_ response: StreamLowBalanceResponse) throws(RPCError) -> Int {
    switch response.message {
    case .ack(let ack):
      state.withLock { tally in
        for result in ack.results { tally.add(result) }
      }
      return Int(ack.credit)
    case .nack(let nack):
      throw RPCError(
        .aborted, "the server lacks events from \(nack.wantedSeq) on: \(nack.reason)")
    case .drain: throw RPCError(.unavailable, "the server is shutting down")
    case .welcome, .heartbeat, nil: return 0
    }
  }
}
