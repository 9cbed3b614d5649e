internal import ProtobufRuntime
internal import RPCCore
internal import TopUpAPI
internal import TopUpCore

/// One source's stream of low-balance events (facts/domain §11): Hello and Welcome, then events in
/// sequence, each acknowledged once it is durable.
struct LowBalanceStream {
  /// Events that a source may have under way.
  static let window = 4_096
  private static let messageBytesMax = 262_144
  private static let heartbeatSeconds: Int64 = 20
  private static let retryAfterSeconds: Int64 = 2

  let store: any Store
  let intake: LowBalanceIntake
  let registry: SourceRegistry
  let requests: MessageStream<StreamLowBalanceRequest>
  let responses: MessageWriter<StreamLowBalanceResponse>
  /// Holds what a message names against what the caller is bound to, at that moment.
  let permit: @Sendable ((Grant) -> [GrantRefusal?]) throws(ServiceError) -> Void

  func run() async throws {
    let source = try await hello()
    let (ticket, signals) = await registry.open(source)
    defer { registry.close(source, ticket: ticket) }
    let durable = try store.look { snapshot throws(StoreError) in
      try snapshot.sourceHighWater(source)
    }
    try await welcome(from: durable)
    let signal = try await withThrowingTaskGroup(of: SourceRegistry.Signal?.self) { group in
      group.addTask {
        try await take(source, from: durable)
        return nil
      }
      group.addTask {
        for await signal in signals { return signal }
        return nil
      }
      let first = try await group.next() ?? nil
      group.cancelAll()
      // What the other was committing is acknowledged before the stream ends.
      while await group.nextResult() != nil {}
      return first
    }
    switch signal {
    case nil: return
    case .superseded: throw ServiceError.streamSuperseded(source: source.name)
    case .drain:
      let pause = ProtobufDuration(seconds: Self.retryAfterSeconds)
      try await responses.write(.init(message: .drain(Drain(retryAfter: pause))))
    }
  }

  private func hello() async throws -> SourceID {
    guard let first = try await requests.next() else {
      throw ServiceError.streamProtocol("the stream ended before Hello")
    }
    guard case .hello(let hello) = first.message else {
      throw ServiceError.streamProtocol("the first message must be Hello")
    }
    guard hello.version == 1 else {
      throw ServiceError.streamProtocol("version \(hello.version) is not known; 1 is")
    }
    var reader = RequestReader(networks: .cere)
    let name = reader.name(hello.sourceID, "hello.source_id")
    try reader.finish()
    try permit { [$0.refusal(source: name, "hello.source_id")] }
    return SourceID(name: name, epoch: hello.sourceEpoch)
  }

  private func welcome(from durable: UInt64) async throws {
    let welcome = Welcome(
      resumeFrom: durable + 1, window: UInt32(Self.window),
      messageBytesMax: UInt32(Self.messageBytesMax),
      heartbeat: ProtobufDuration(seconds: Self.heartbeatSeconds))
    try await responses.write(.init(message: .welcome(welcome)))
  }

  // MARK: Events

  /// Takes in what comes, a commit for all that is there, until the source ends its side.
  private func take(_ source: SourceID, from durable: UInt64) async throws {
    var batch = EventBatchIntake(durable: durable)
    while true {
      let messages = try await requests.nextBatch(max: Self.window)
      if messages.isEmpty { return }
      for message in messages { try batch.add(message, permit) }
      try await acknowledge(&batch, source)
      for wanted in batch.takeGaps() {
        let nack = Nack(wantedSeq: wanted, reason: "events from \(wanted) on are missing")
        try await responses.write(.init(message: .nack(nack)))
      }
      if let heartbeat = batch.takeHeartbeat() {
        try await responses.write(.init(message: .heartbeat(heartbeat)))
      }
    }
  }

  private func acknowledge(_ batch: inout EventBatchIntake, _ source: SourceID) async throws {
    guard batch.hasNews else { return }
    let pending = batch.takePending()
    let outcomes: [TopUpCore.IntakeOutcome]
    if pending.to > pending.from {
      do throws(StoreError) {
        outcomes = try await intake.take(
          pending.reports, of: source, from: pending.from, to: pending.to)
      } catch {
        guard case .conflict(.changed) = error else { throw ServiceError.store(error) }
        throw ServiceError.streamSuperseded(source: source.name)
      }
    } else {
      outcomes = []
    }
    let results = pending.results(outcomes)
    let ack = Ack(upTo: pending.to, results: results, credit: UInt32(results.count))
    try await responses.write(.init(message: .ack(ack)))
  }
}
