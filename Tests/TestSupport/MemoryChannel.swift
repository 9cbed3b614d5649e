package import RPCTransport

/// Carries a protocol's bytes in memory as a socket's channel would, on any loop.
///
/// What the protocol sends is gathered in ``output``; the test plays the peer.
package final class MemoryChannel: ByteChannel, Flushable {
  private let loop: any EventLoop
  private let handler: any ByteProtocol
  private var isDirty = false
  /// All that the protocol has sent.
  package private(set) var output: [UInt8] = []
  /// Whether the protocol said that no more output follows: the peer sees the end of the stream.
  package private(set) var isOutputClosed = false
  /// Whether the connection is gone, from whichever side.
  package private(set) var isClosed = false

  /// Attaches a protocol. On the loop only.
  package init(_ handler: any ByteProtocol, on loop: any EventLoop) {
    self.loop = loop
    self.handler = handler
    handler.attach(to: self)
    outputIsWaiting()
  }

  package func outputIsWaiting() {
    guard !isDirty, !isClosed else { return }
    isDirty = true
    loop.flushLater(self)
  }

  /// The peer sends bytes. On the loop only.
  package func receive(_ bytes: [UInt8]) {
    guard !isClosed else { return }
    bytes.withUnsafeBytes { handler.receive($0) }
    outputIsWaiting()
  }

  /// The peer goes away. On the loop only.
  package func disconnect() { close() }

  package func flush() {
    isDirty = false
    guard !isClosed, !isOutputClosed else { return closeIfFinished() }
    var hasMore = true
    while hasMore {
      var buffer = ByteBuffer()
      hasMore = handler.produce(into: &buffer, max: 65_536)
      buffer.withBytes { output.append(contentsOf: $0) }
    }
    isOutputClosed = handler.isOutputFinished
    closeIfFinished()
  }

  private func closeIfFinished() {
    if !isClosed, handler.isFinished { close() }
  }

  package func close() {
    guard !isClosed else { return }
    isClosed = true
    isOutputClosed = true
    handler.disconnected()
  }
}
