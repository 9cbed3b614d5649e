package import RPCCore

/// What a server's connection carried, as channelz tells it (gRFC A14). A value, counted up on its
/// connection's loop; what is counted for each message is taken over when its stream ends.
package struct ConnectionTraffic: Sendable, Hashable {
  package var streamsStarted: UInt64 = 0
  /// Ended by both sides in order, whatever the status.
  package var streamsSucceeded: UInt64 = 0
  /// Reset by either side, or lost with the connection.
  package var streamsFailed: UInt64 = 0
  /// gRPC calls among the streams: those whose header block was one's.
  package var callsStarted: UInt64 = 0
  /// Ended OK.
  package var callsSucceeded: UInt64 = 0
  package var callsFailed: UInt64 = 0
  /// Messages that methods have written and read.
  package var messagesSent: UInt64 = 0
  package var messagesReceived: UInt64 = 0
  package var keepalivesSent: UInt64 = 0
  package var lastStreamAt: MonotonicInstant?
  package var lastCallAt: MonotonicInstant?
  /// When bytes of messages went out last, and came in last.
  package var lastSentAt: MonotonicInstant?
  package var lastReceivedAt: MonotonicInstant?

  package init() {}

  @inline(__always)
  mutating func streamStarted(at moment: MonotonicInstant) {
    streamsStarted &+= 1
    lastStreamAt = moment
  }

  @inline(__always)
  mutating func callStarted(at moment: MonotonicInstant) {
    callsStarted &+= 1
    lastCallAt = moment
  }

  @inline(__always)
  mutating func callEnded(isOK: Bool) {
    if isOK { callsSucceeded &+= 1 } else { callsFailed &+= 1 }
  }

  @inline(__always)
  mutating func streamEnded(succeeded: Bool) {
    if succeeded { streamsSucceeded &+= 1 } else { streamsFailed &+= 1 }
  }

  /// Takes over the messages of a stream.
  @inline(__always)
  mutating func add(
    _ counts: MessageCounts, sentAt: MonotonicInstant, receivedAt: MonotonicInstant
  ) {
    if counts.sent > 0 {
      messagesSent &+= UInt64(counts.sent)
      lastSentAt = Self.later(lastSentAt, sentAt)
    }
    if counts.received > 0 {
      messagesReceived &+= UInt64(counts.received)
      lastReceivedAt = Self.later(lastReceivedAt, receivedAt)
    }
  }

  /// Takes over another connection's.
  package mutating func add(_ other: ConnectionTraffic) {
    streamsStarted &+= other.streamsStarted
    streamsSucceeded &+= other.streamsSucceeded
    streamsFailed &+= other.streamsFailed
    callsStarted &+= other.callsStarted
    callsSucceeded &+= other.callsSucceeded
    callsFailed &+= other.callsFailed
    messagesSent &+= other.messagesSent
    messagesReceived &+= other.messagesReceived
    keepalivesSent &+= other.keepalivesSent
    lastStreamAt = Self.later(lastStreamAt, other.lastStreamAt)
    lastCallAt = Self.later(lastCallAt, other.lastCallAt)
    lastSentAt = Self.later(lastSentAt, other.lastSentAt)
    lastReceivedAt = Self.later(lastReceivedAt, other.lastReceivedAt)
  }

  private static func later(
    _ left: MonotonicInstant?, _ right: MonotonicInstant?
  ) -> MonotonicInstant? {
    guard let left, let right else { return left ?? right }
    return max(left, right)
  }
}
