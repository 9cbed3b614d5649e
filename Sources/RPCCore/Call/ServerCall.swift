/// One call on the server, as the transport offers it to a method.
public protocol ServerCall: CallStream {
  var method: MethodDescriptor { get }
  /// The method's place among those of the server, from 0.
  var methodNumber: Int { get }
  /// Which of the server's loops the call lives on, from 0.
  var loopNumber: Int { get }
  /// When its header block began to come in.
  var startedAt: MonotonicInstant { get }
  /// When the caller stops waiting; nil when it waits for ever.
  var deadline: MonotonicInstant? { get }
  /// The moment of the current wake-up, on the deadline's clock.
  var now: MonotonicInstant { get }
  /// What the caller sent beside the call, less the protocol's own fields. Safe from anywhere.
  var metadata: Metadata { get }
  /// Whether an `authorization` field is, or was, among what the caller sent: known without making
  /// ``metadata``.
  var hasCredentials: Bool { get }
  /// The connection that the call came in on.
  var peer: PeerConnection { get }
  /// What is kept with that connection.
  var connectionNotes: ConnectionNotes { get set }
  /// Whom the call is made for; set by the interceptor that finds out.
  var principal: Principal? { get set }
  /// Messages that the method has read and written so far.
  var messageCounts: MessageCounts { get }
  /// Has the call's messages told of from now on, for who cannot wait for the end of a long stream.
  func addMeter(_ meter: any MessageMeter)

  /// Has the call end at a moment, if its deadline is not before that already.
  func limitDeadline(to moment: MonotonicInstant)
  /// Takes a key out of ``metadata``, so that a handler cannot see or log it.
  func removeMetadata(forKey key: String)

  /// Has responses encoded, if the caller can read that; too late once the headers have left.
  func encodeResponses(_ encoding: MessageEncoding)
  /// Whether the message that was read last came compressed.
  var wasRequestCompressed: Bool { get }
  /// Sent with the response headers; too late once those have left.
  func setInitialMetadata(_ metadata: Metadata)
  /// Sent after the status.
  func addTrailers(_ metadata: Metadata)
  /// Sends the response headers now instead of with the first message (gRFC A6).
  func sendInitialMetadata()

  /// Runs the method's work on the call's executor, starting at once; when the call ends early the
  /// work is cancelled.
  func run(_ work: @escaping @Sendable () async -> Void)
  /// Ends the call; only the first end counts.
  func finish(_ status: Status)
}

/// Messages of one call, both ways.
public struct MessageCounts: Sendable, Hashable {
  public var received = 0
  public var sent = 0

  public init() {}
}

extension ServerCall {
  /// Ends the call with a failure and what travels beside it.
  public func fail(_ error: RPCError) {
    if !error.trailers.isEmpty { addTrailers(error.trailers) }
    finish(error.status)
  }
}
