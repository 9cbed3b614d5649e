import RPCCore
import TopUpAPI
import TopUpCore

/// A node that streams low-balance events, is cut off and comes again: it sends what was not
/// acknowledged, and nothing that was acknowledged is ever wanted again (invariant 35).
///
/// `@unchecked Sendable`: on the simulation's loop only.
final class NodeDeeds: @unchecked Sendable {
  private let callers: [Caller]
  private let dice: Dice
  private let auditor: Auditor
  private let name: String
  /// Everything it ever had to tell, by sequence number from 1.
  private var events: [LowBalanceEvent] = []
  private var acked: UInt64 = 0
  /// The last that was ever sent.
  private var told: UInt64 = 0
  private var isStreaming = false
  var note: (String) -> Void = { _ in }

  init(_ name: String, _ callers: [Caller], _ dice: Dice, _ auditor: Auditor) {
    self.name = name
    self.callers = callers
    self.dice = dice
    self.auditor = auditor
  }

  var left: Int { events.count - Int(acked) }

  /// Has it tell one event more, by a stream where none is open.
  func tell(_ event: LowBalanceEvent) {
    var event = event
    event.seq = UInt64(events.count + 1)
    events.append(event)
    stream()
  }

  /// Opens a stream where something is left to tell.
  func stream() {
    guard !isStreaming, acked < events.count else { return }
    isStreaming = true
    let caller = dice.pick(callers)
    let options = CallOptions(timeout: .seconds(dice.number(5...120)), waitsForReady: true)
    caller.call { () throws(RPCError) in
      try await caller.balances.streamLowBalance(options: options) {
        (responses, requests, _) async throws(RPCError) in
        try await self.converse(responses, requests)
      }
    } _: { [self] result in
      isStreaming = false
      note("\(name) streamed up to \(acked) of \(events.count): \(Deeds.word(result))")
    }
  }

  private func converse(
    _ responses: MessageStream<StreamLowBalanceResponse>,
    _ requests: MessageWriter<StreamLowBalanceRequest>
  ) async throws(RPCError) {
    let hello = Hello(sourceID: name, sourceEpoch: 1, lastAcked: acked, version: 1)
    try await requests.write(StreamLowBalanceRequest(message: .hello(hello)))
    var last = UInt64(0)
    while let response = try await responses.next() {
      switch response.message {
      case .welcome(let welcome):
        if welcome.resumeFrom <= acked, !auditor.isRestored {
          auditor.violate(
            "35", "\(name) was acknowledged up to \(acked), and is to send \(welcome.resumeFrom)")
        }
        if welcome.resumeFrom > told + 1 {
          auditor.violate("35", "\(name) told \(told), and is to go on at \(welcome.resumeFrom)")
        }
        // What was kept, and whose acknowledgement was lost, is not sent again.
        acked = welcome.resumeFrom - 1
        last = UInt64(events.count)
        told = max(told, last)
        try await send(events.dropFirst(Int(welcome.resumeFrom) - 1), requests)
      case .ack(let ack):
        if ack.upTo > last {
          auditor.violate("35", "\(name) sent \(last), and \(ack.upTo) is kept")
        }
        acked = max(acked, ack.upTo)
        if acked >= last { return }
      case .nack(let nack): return auditor.violate("35", "\(name) left out \(nack.wantedSeq)")
      case .drain, .heartbeat, nil: break
      }
      if last > 0, acked >= last { return }
    }
  }

  /// One by one, or in batches.
  private func send(
    _ rest: ArraySlice<LowBalanceEvent>, _ requests: MessageWriter<StreamLowBalanceRequest>
  ) async throws(RPCError) {
    var rest = rest
    while !rest.isEmpty {
      let part = rest.prefix(dice.number(1...4))
      rest = rest.dropFirst(part.count)
      let message: StreamLowBalanceRequest.Message =
        part.count == 1 ? .event(part[part.startIndex]) : .batch(EventBatch(events: Array(part)))
      try await requests.write(StreamLowBalanceRequest(message: message))
    }
  }
}
