internal import RPCCore
internal import TopUpAPI
internal import TopUpCore

/// Messages of a stream on their way to one commit: put in sequence, read field by field.
struct EventBatchIntake {
  /// What is to be committed and acknowledged together.
  struct Pending {
    var from: UInt64
    var to: UInt64
    var reports: [LowBalanceReport] = []
    fileprivate var slots: [Slot] = []

    /// What became of each event, once the store has answered.
    func results(_ outcomes: [TopUpCore.IntakeOutcome]) -> [EventResult] {
      slots.map { slot in
        let outcome = slot.report.map { outcomes[$0] } ?? slot.outcome
        return EventResult(slot.sequence, outcome ?? .duplicate)
      }
    }
  }

  fileprivate struct Slot {
    var sequence: UInt64
    /// Which of the reports; nil when the outcome is known without one.
    var report: Int?
    var outcome: TopUpCore.IntakeOutcome?
  }

  private var tracker: SequenceTracker
  private var pending: Pending
  private var gaps: [UInt64] = []
  private var heartbeat: Heartbeat?

  init(durable: UInt64) {
    tracker = SequenceTracker(durable: durable)
    pending = Pending(from: durable, to: durable)
  }

  var hasNews: Bool { !pending.slots.isEmpty }

  mutating func takePending() -> Pending {
    defer { pending = Pending(from: tracker.last, to: tracker.last) }
    pending.to = tracker.last
    return pending
  }

  mutating func takeGaps() -> [UInt64] {
    defer { gaps = [] }
    return gaps
  }

  mutating func takeHeartbeat() -> Heartbeat? {
    defer { heartbeat = nil }
    return heartbeat
  }

  /// - Throws: ``ServiceError/streamProtocol(_:)`` for a message that has no place here.
  ///
  /// - Parameter permit: throws for an event that its caller may not report. That ends no stream:
  ///   the event is refused by itself, for one that came again and again would hold up the others.
  mutating func add(
    _ request: StreamLowBalanceRequest,
    _ permit: ((Grant) -> [GrantRefusal?]) throws(ServiceError) -> Void
  ) throws(ServiceError) {
    switch request.message {
    case .event(let event): add(event, permit)
    case .batch(let batch): for event in batch.events { add(event, permit) }
    case .skip(let skip): try add(skip)
    case .heartbeat(let beat): heartbeat = beat
    case .hello: throw .streamProtocol("Hello came twice")
    case nil: throw .streamProtocol("a message without content")
    }
  }

  private mutating func add(
    _ event: LowBalanceEvent, _ permit: ((Grant) -> [GrantRefusal?]) throws(ServiceError) -> Void
  ) {
    switch tracker.take(event.seq) {
    case .duplicate:
      pending.slots.append(Slot(sequence: event.seq, report: nil, outcome: .duplicate))
    case .gap(let wanted): gaps.append(wanted)
    case .waiting: break
    case .next:
      switch LowBalanceReport.read(event) {
      case .success(let report):
        do throws(ServiceError) {
          try permit { [$0.refusal(reported: report.account, "event")] }
        } catch {
          let why = "NOT_BOUND: \(error.rpcError.status.message)"
          pending.slots.append(Slot(sequence: event.seq, report: nil, outcome: .rejected(why)))
          return
        }
        pending.slots.append(Slot(sequence: event.seq, report: pending.reports.count))
        pending.reports.append(report)
      case .failure(let fault):
        pending.slots.append(
          Slot(sequence: event.seq, report: nil, outcome: .rejected(fault.reason)))
      }
    }
  }

  private mutating func add(_ skip: TopUpAPI.Skip) throws(ServiceError) {
    guard tracker.skip(from: skip.fromSeq, through: skip.toSeq) else {
      throw .streamProtocol(
        "a skip from \(skip.fromSeq) to \(skip.toSeq) does not join on to \(tracker.last), or "
          + "goes further than \(SequenceTracker.highest)")
    }
    pending.slots.append(Slot(sequence: skip.toSeq, report: nil, outcome: .skipped))
  }
}
