/// What a look at the incoming side of a call found.
public enum ReadOutcome: Sendable, Hashable {
  /// A message was handed to the body.
  case message
  /// Nothing yet; ``CallStream/waitReadable()`` returns when there may be.
  case empty
  /// The peer ended its side; no message will follow.
  case end
}

/// One call as the code above the transport sees it, on either side.
///
/// Confined to one executor: every synchronous member must be used on it (checked), and work that
/// starts elsewhere comes over through ``ExecutorBound/onExecutor(_:)``. Reading and writing are split into a
/// synchronous step and a wait, so that a message already here costs no suspension.
public protocol CallStream: ExecutorBound {
  /// Hands the next message, if it is here, to `body`; flow-control credit goes back to the peer.
  ///
  /// - Throws: the call's failure once it has failed.
  func poll(_ body: (RawSpan) throws(RPCError) -> Void) throws(RPCError) -> ReadOutcome
  /// Returns when ``poll(_:)`` has something to say.
  ///
  /// - Throws: CANCELLED when the waiting task is cancelled, ABORTED when another task waits.
  func waitReadable() async throws(RPCError)

  /// Frames a message and queues it.
  ///
  /// - Parameter compresses: whether the call's encoding is used; false sends the message as it is.
  /// - Returns: whether there is room for more; if not, ``waitWritable()`` first.
  /// - Throws: the call's failure once it has failed or ended.
  func append(_ message: RawSpan, compresses: Bool) throws(RPCError) -> Bool
  /// Returns when the peer has taken enough of what is queued.
  ///
  /// - Throws: the call's failure; CANCELLED when the waiting task is cancelled.
  func waitWritable() async throws(RPCError)
}
