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
  /// The peer is gone, or the channel gave up: nothing can be sent any more.
  func disconnected()
}

/// What carries a protocol's bytes; confined to its loop.
package protocol ByteChannel: AnyObject {
  /// Has the protocol's output sent at the end of this wake-up.
  func outputIsWaiting()
}
