package import RPCCore

/// What a server's connection carried, as channelz tells it (gRFC A14). A value, counted up on its
/// connection's loop by plain stores when a stream begins and when it is let go of; what is counted
/// for each message is taken over then.
package struct ConnectionTraffic: Sendable, Hashable {
  package var streamsStarted: UInt64 = 0
  /// Ended by both sides in order, whatever the status.
  package var streamsSucceeded: UInt64 = 0
  /// Reset by either side, or lost with the connection.
  package var streamsFailed: UInt64 = 0
  /// Streams that were no gRPC call.
  package var otherStreams: UInt64 = 0
  /// Ended OK, and were let go of; with another status.
  package var callsSucceeded: UInt64 = 0
  package var callsFailed: UInt64 = 0
  /// Messages that methods have written and read.
  package var messagesSent: UInt64 = 0
  package var messagesReceived: UInt64 = 0
  package var keepalivesSent: UInt64 = 0
  private var lastStream = Int64.min
  private var lastSent = Int64.min
  private var lastReceived = Int64.min

  package init() {}

  package var callsStarted: UInt64 { streamsStarted &- otherStreams }
  package var lastStreamAt: MonotonicInstant? { Self.moment(lastStream) }
  /// When bytes of messages went out last, and came in last.
  package var lastSentAt: MonotonicInstant? { Self.moment(lastSent) }
  package var lastReceivedAt: MonotonicInstant? { Self.moment(lastReceived) }

  private static func moment(_ nanoseconds: Int64) -> MonotonicInstant? {
    nanoseconds == .min ? nil : MonotonicInstant(nanoseconds: nanoseconds)
  }

  @inline(__always)
  mutating func streamStarted(at moment: MonotonicInstant) {
    streamsStarted &+= 1
    lastStream = moment.nanoseconds
  }

  @inline(__always)
  mutating func streamEnded(_ end: StreamEnd) {
    if end.isInOrder { streamsSucceeded &+= 1 } else { streamsFailed &+= 1 }
    switch end.call {
    case .succeeded: callsSucceeded &+= 1
    case .failed: callsFailed &+= 1
    case .none: break
    }
  }

  /// Takes over the messages of a stream.
  @inline(__always)
  mutating func add(
    _ counts: MessageCounts, sentAt: MonotonicInstant, receivedAt: MonotonicInstant
  ) {
    if counts.sent > 0 {
      messagesSent &+= UInt64(truncatingIfNeeded: counts.sent)
      if sentAt.nanoseconds > lastSent { lastSent = sentAt.nanoseconds }
    }
    if counts.received > 0 {
      messagesReceived &+= UInt64(truncatingIfNeeded: counts.received)
      if receivedAt.nanoseconds > lastReceived { lastReceived = receivedAt.nanoseconds }
    }
  }

  /// Takes over another connection's.
  package mutating func add(_ other: ConnectionTraffic) {
    streamsStarted &+= other.streamsStarted
    streamsSucceeded &+= other.streamsSucceeded
    streamsFailed &+= other.streamsFailed
    otherStreams &+= other.otherStreams
    callsSucceeded &+= other.callsSucceeded
    callsFailed &+= other.callsFailed
    messagesSent &+= other.messagesSent
    messagesReceived &+= other.messagesReceived
    keepalivesSent &+= other.keepalivesSent
    lastStream = max(lastStream, other.lastStream)
    lastSent = max(lastSent, other.lastSent)
    lastReceived = max(lastReceived, other.lastReceived)
  }
}
