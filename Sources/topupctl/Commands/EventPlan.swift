internal import TopUpAPI

/// Which events are sent, and which of them twice.
struct EventPlan: Sendable {
  let count: Int
  /// Of a hundred, spread evenly.
  let duplicatePercent: Int
  /// What all events share.
  let event: LowBalanceEvent

  /// Everything that goes out: events and repeats.
  var total: Int { count + count * duplicatePercent / 100 }

  /// Whether the event of an index, from 0, is sent twice.
  func isRepeated(_ index: Int) -> Bool {
    (index + 1) * duplicatePercent / 100 > index * duplicatePercent / 100
  }

  /// Everything that goes out over a stream, in order.
  ///
  /// - Parameter first: the sequence number of the first event.
  func sequence(from first: UInt64) -> some Sequence<LowBalanceEvent> {
    (0..<count).lazy.flatMap { index in
      repeatElement(event(first &+ UInt64(index)), count: isRepeated(index) ? 2 : 1)
    }
  }

  /// An event.
  ///
  /// - Parameter sequence: its number within the source's epoch.
  func event(_ sequence: UInt64, id: [UInt8] = []) -> LowBalanceEvent {
    var event = event
    event.seq = sequence
    event.eventID = id
    return event
  }
}
