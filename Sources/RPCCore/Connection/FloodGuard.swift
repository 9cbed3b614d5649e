/// What a peer may have us do for nothing on one connection, and how much of it.
///
/// libnghttp2 answers, ignores or decodes all of these without end while its output is drained;
/// none of them is an error by itself. Counts are for a minute, or for what stands in proportion.
/// Pure: frames and moments in, a verdict out.
/// - Source: RFC 9113 §10.5; the ceilings are Envoy's, or milder.
package struct FloodGuard: Sendable {
  /// What a peer overdid.
  package enum Flood: String, Sendable, Hashable, CaseIterable {
    case settings = "too_many_settings"
    case emptyData = "too_many_empty_data_frames"
    case priority = "too_many_priority_frames"
    case windowUpdate = "too_many_window_updates"
    case unknownFrames = "too_many_unknown_frames"
    case invalidFrames = "too_many_invalid_frames"
    /// Resets that the peer made us send (CVE-2025-8671, "MadeYouReset").
    case provokedResets = "too_many_provoked_resets"
    case closedStreams = "too_many_frames_on_closed_streams"
    case refusedStreams = "too_many_refused_streams"
    case largeHeaders = "too_many_large_header_lists"
    case pings = "too_many_pings"
    /// Streams opened and reset at once (CVE-2023-44487).
    case rapidReset = "too_many_resets"
    case continuations = "too_many_continuations"
    case outbound = "too_much_unread_output"
    /// What RFC 9113 calls a connection error, whatever the peer was at.
    case protocolErrors = "protocol_error"
    /// A peer that did not say what it is, and one that did not end a header block.
    case slowPreface = "slow_preface"
    case slowHeaders = "slow_header_block"
    /// Connections beyond what is taken: of all peers, and of one address.
    case connections = "too_many_connections"
    case sourceConnections = "too_many_connections_of_one_address"
  }

  /// How much is allowed, in a minute where nothing else is said.
  package struct Limits: Sendable, Hashable {
    package var settings = 10
    /// One after another, with no byte between them.
    package var emptyDataInARow = 10
    package var priority = 100
    /// For each DATA frame that we sent, and for each stream that the peer opened, which may end
    /// without any; and as many again as ``windowUpdatesFree``.
    package var windowUpdatesPerDataFrame = 10
    package var windowUpdatesPerStream = 2
    package var windowUpdatesFree = 200
    package var unknownFrames = 100
    package var invalidFrames = 20
    package var provokedResets = 100
    /// A stream that we ended early has a window's worth of frames on their way.
    package var closedStreams = 10_000
    package var refusedStreams = 1000
    package var largeHeaders = 10
    /// Of a bucket that fills up by so many a second: honest clients cancel a lot.
    package var resetBurst = 1000
    package var resetsPerSecond = 100

    package init() {}
  }

  private let limits: Limits
  private var minuteStart: MonotonicInstant
  private var settings = 0
  private var emptyDataInARow = 0
  private var priority = 0
  private var unknownFrames = 0
  private var invalidFrames = 0
  private var provokedResets = 0
  private var closedStreams = 0
  private var refusedStreams = 0
  private var largeHeaders = 0
  /// Falls with each WINDOW_UPDATE, rises with each DATA frame sent and each stream opened.
  private var windowUpdatesLeft: Int
  private var resetsLeft: Int
  /// Up to when the bucket of resets was filled.
  private var resetsFilledAt: MonotonicInstant

  package init(_ limits: Limits = Limits(), now: MonotonicInstant) {
    self.limits = limits
    minuteStart = now
    windowUpdatesLeft = limits.windowUpdatesFree
    resetsLeft = limits.resetBurst
    resetsFilledAt = now
  }

  private static let minuteNanoseconds: Int64 = 60_000_000_000

  private mutating func roll(_ now: MonotonicInstant) {
    guard now.nanoseconds - minuteStart.nanoseconds >= Self.minuteNanoseconds else { return }
    minuteStart = now
    settings = 0
    priority = 0
    unknownFrames = 0
    invalidFrames = 0
    provokedResets = 0
    closedStreams = 0
    refusedStreams = 0
    largeHeaders = 0
    windowUpdatesLeft = max(windowUpdatesLeft, limits.windowUpdatesFree)
  }

  // MARK: What came in

  package mutating func settingsReceived(now: MonotonicInstant) -> Flood? {
    roll(now)
    settings += 1
    return settings > limits.settings ? .settings : nil
  }

  package mutating func priorityReceived(now: MonotonicInstant) -> Flood? {
    roll(now)
    priority += 1
    return priority > limits.priority ? .priority : nil
  }

  package mutating func windowUpdateReceived(now: MonotonicInstant) -> Flood? {
    roll(now)
    windowUpdatesLeft -= 1
    return windowUpdatesLeft < 0 ? .windowUpdate : nil
  }

  /// The peer opened a stream. Clients grow a window for each call, also for one that is refused
  /// without a byte of an answer.
  package mutating func streamOpened() { windowUpdatesLeft += limits.windowUpdatesPerStream }

  package mutating func unknownFrameReceived(now: MonotonicInstant) -> Flood? {
    roll(now)
    unknownFrames += 1
    return unknownFrames > limits.unknownFrames ? .unknownFrames : nil
  }

  /// RST_STREAM, of whatever stream.
  package mutating func resetReceived(now: MonotonicInstant) -> Flood? {
    let drop = 1_000_000_000 / Int64(limits.resetsPerSecond)
    let fresh = (now.nanoseconds - resetsFilledAt.nanoseconds) / drop
    if fresh >= limits.resetBurst - resetsLeft {
      resetsLeft = limits.resetBurst
      resetsFilledAt = now
    } else {
      resetsLeft += Int(fresh)
      resetsFilledAt = resetsFilledAt.advanced(byNanoseconds: fresh * drop)
    }
    resetsLeft -= 1
    return resetsLeft < 0 ? .rapidReset : nil
  }

  /// - Parameter isEmpty: whether the frame carries no byte and does not end its stream either.
  package mutating func dataReceived(isEmpty: Bool) -> Flood? {
    emptyDataInARow = isEmpty ? emptyDataInARow + 1 : 0
    return emptyDataInARow > limits.emptyDataInARow ? .emptyData : nil
  }

  /// A frame for a stream that is over.
  package mutating func closedStreamFrameReceived(now: MonotonicInstant) -> Flood? {
    roll(now)
    closedStreams += 1
    return closedStreams > limits.closedStreams ? .closedStreams : nil
  }

  package mutating func invalidFrameReceived(now: MonotonicInstant) -> Flood? {
    roll(now)
    invalidFrames += 1
    return invalidFrames > limits.invalidFrames ? .invalidFrames : nil
  }

  /// A header list far over its limit.
  package mutating func largeHeadersReceived(now: MonotonicInstant) -> Flood? {
    roll(now)
    largeHeaders += 1
    return largeHeaders > limits.largeHeaders ? .largeHeaders : nil
  }

  // MARK: What went out

  package mutating func dataSent() {
    windowUpdatesLeft += limits.windowUpdatesPerDataFrame
  }

  /// A reset that is no decision of ours.
  package mutating func provokedResetSent(now: MonotonicInstant) -> Flood? {
    roll(now)
    provokedResets += 1
    return provokedResets > limits.provokedResets ? .provokedResets : nil
  }

  package mutating func streamRefused(now: MonotonicInstant) -> Flood? {
    roll(now)
    refusedStreams += 1
    return refusedStreams > limits.refusedStreams ? .refusedStreams : nil
  }
}
