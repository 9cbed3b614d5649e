/// A protocol as bytes in, bytes out: it knows no socket, so that a test, a simulator and TLS can
/// stand where the socket would.
package protocol ByteProtocol: AnyObject {
  /// Called once, before anything else: the channel outlives the protocol's use of it.
  func attach(to channel: any ByteChannel)
  /// Takes what the peer sent. Output that follows from it is asked for later.
  func receive(_ bytes: UnsafeRawBufferPointer)
  /// Appends waiting output, about `max` bytes of it at most.
  ///
  /// - Returns: whether more is waiting.
  func produce(into output: inout ByteBuffer, max: Int) -> Bool
  /// Whether the connection is to be closed once the output is out.
  var isFinished: Bool { get }
  /// Whether no output follows what was produced: the peer is told by a half-close, while what it
  /// still sends is received. False unless a protocol says otherwise.
  ///
  /// A protocol that answers before it has read everything needs this: closing a socket with
  /// unread input resets the connection, and the answer may be lost with it (RFC 9112 §9.6).
  var isOutputFinished: Bool { get }
  /// Whether input is taken while output is blocked. False unless a protocol says otherwise, for a
  /// peer that sends and never reads must not make us buffer; but of two such sides that both send
  /// neither would ever read, so a client, which chose its server, says true.
  var readsWhileOutputIsBlocked: Bool { get }
  /// The peer is gone, or the channel gave up: nothing can be sent any more.
  func disconnected()
}

extension ByteProtocol {
  package var isOutputFinished: Bool { false }
  package var readsWhileOutputIsBlocked: Bool { false }
}

/// What carries a protocol's bytes; confined to its loop.
package protocol ByteChannel: AnyObject {
  /// Has the protocol's output sent at the end of this wake-up.
  func outputIsWaiting()
  /// Ends the connection at once; what waits to be sent is lost.
  func close()
  /// What is known of its two ends. Nothing unless a channel says otherwise.
  var ends: ChannelEnds { get }
}

extension ByteChannel {
  package var ends: ChannelEnds { ChannelEnds() }
}
