/// One call on the server, as the transport offers it to a method.
public protocol ServerCall: CallStream {
  var method: MethodDescriptor { get }
  /// When the caller stops waiting; nil when it waits for ever.
  var deadline: MonotonicInstant? { get }
  /// The moment of the current wake-up, on the deadline's clock.
  var now: MonotonicInstant { get }
  /// What the caller sent beside the call, less the protocol's own fields. Safe from anywhere.
  var metadata: Metadata { get }
  /// The peer's address, for logs.
  var peer: String { get }

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

extension ServerCall {
  /// Ends the call with a failure and what travels beside it.
  public func fail(_ error: RPCError) {
    if !error.trailers.isEmpty { addTrailers(error.trailers) }
    finish(error.status)
  }
}
