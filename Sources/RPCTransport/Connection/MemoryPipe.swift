internal import RPCCore

/// Joins two protocols through memory, as a connection would join them through the kernel: bytes
/// arrive later than they were sent, in pieces, or never.
///
/// Everything happens on one loop, at its time, so that a run can be repeated exactly.
package final class MemoryPipe {
  package enum Side: Sendable, Hashable {
    case left, right
  }

  /// What becomes of bytes that one side sends at once.
  package struct Passage: Sendable, Hashable {
    /// Sizes of the pieces they arrive in; what is not covered is a last piece of its own.
    package var pieces: [Int]
    /// How long each piece takes; it never overtakes an earlier one.
    package var delay: Duration
    /// Whether the connection breaks once they have arrived.
    package var isCut: Bool

    package init(pieces: [Int] = [], delay: Duration = .zero, isCut: Bool = false) {
      self.pieces = pieces
      self.delay = delay
      self.isCut = isCut
    }
  }

  /// Decides the passage of some bytes; they may be looked at.
  package typealias Weather = (_ sender: Side, _ bytes: borrowing ByteBuffer) -> Passage

  /// What is under way in one direction before its sender has to wait, as in a socket's buffers.
  static let bytesUnderWayMax = 262_144

  private let left: End
  private let right: End
  package private(set) var isClosed = false
  /// Called once, when the connection has ended.
  package var onClose: (() -> Void)?

  /// Joins two protocols, and lives until the connection ends. On the loop only.
  package init(
    _ left: any ByteProtocol, _ right: any ByteProtocol, on loop: any EventLoop,
    weather: @escaping Weather = { _, _ in Passage() }
  ) {
    self.left = End(.left, left, loop, weather)
    self.right = End(.right, right, loop, weather)
    self.left.pipe = self
    self.right.pipe = self
    self.left.peer = self.right
    self.right.peer = self.left
    left.attach(to: self.left)
    right.attach(to: self.right)
    self.left.outputIsWaiting()
    self.right.outputIsWaiting()
  }

  /// Breaks the connection: both sides see it end, and what was under way is lost.
  package func close() {
    guard !isClosed else { return }
    isClosed = true
    for end in [left, right] { end.pipeClosed() }
    let report = onClose
    onClose = nil
    report?()
    // The ends held the pipe, and one another, until now.
    for end in [left, right] { end.letGo() }
  }

  /// One side of the pipe: carries what its protocol sends to the other.
  private final class End: ByteChannel, Flushable {
    private struct Piece {
      let bytes: [UInt8]
      let arrives: MonotonicInstant
      let isCut: Bool
    }

    private let side: Side
    private let handler: any ByteProtocol
    private let loop: any EventLoop
    private let weather: Weather
    var pipe: MemoryPipe?
    var peer: End?
    private var underWay: [Piece] = []
    private var bytesUnderWay = 0
    private var isDirty = false
    /// Whether the protocol half-closed; the other side needs no word of it, as no protocol of
    /// ours acts on the end of input alone.
    private var isOutputClosed = false
    private lazy var arrival = LoopTimer { [unowned self] in deliver() }

    init(
      _ side: Side, _ handler: any ByteProtocol, _ loop: any EventLoop, _ weather: @escaping Weather
    ) {
      self.side = side
      self.handler = handler
      self.loop = loop
      self.weather = weather
    }

    private var isBlocked: Bool { bytesUnderWay >= MemoryPipe.bytesUnderWayMax }
    private var isReading: Bool { !isBlocked || handler.readsWhileOutputIsBlocked }

    func outputIsWaiting() {
      guard !isDirty, let pipe, !pipe.isClosed else { return }
      isDirty = true
      loop.flushLater(self)
    }

    func close() { pipe?.close() }

    func flush() {
      isDirty = false
      guard let pipe, !pipe.isClosed, !isBlocked else { return }
      if !isOutputClosed { send() }
      guard !pipe.isClosed, !isBlocked else { return }
      if handler.isFinished { return finish() }
      isOutputClosed = handler.isOutputFinished
    }

    private func send() {
      var hasMore = true
      while hasMore, !isBlocked {
        var output = ByteBuffer()
        hasMore = handler.produce(into: &output, max: SocketChannel.outputBytesMax)
        if !output.isEmpty { sendOff(output) }
      }
      armArrival()
    }

    private func sendOff(_ output: consuming ByteBuffer) {
      let passage = weather(side, output)
      let bytes = unsafe output.withBytes { unsafe [UInt8]($0) }
      let earliest = loop.now.advanced(by: passage.delay)
      let arrives = max(earliest, underWay.last?.arrives ?? earliest)
      var rest = bytes[...]
      var pieces = passage.pieces[...]
      while !rest.isEmpty {
        let size = min(max(pieces.popFirst() ?? rest.count, 1), rest.count)
        let piece = [UInt8](rest.prefix(size))
        rest = rest.dropFirst(size)
        underWay.append(
          Piece(bytes: piece, arrives: arrives, isCut: passage.isCut && rest.isEmpty))
      }
      bytesUnderWay += bytes.count
    }

    /// The protocol is done: the connection ends when what it sent has arrived.
    private func finish() {
      if underWay.isEmpty { return close() }
      let last = underWay.removeLast()
      underWay.append(Piece(bytes: last.bytes, arrives: last.arrives, isCut: true))
    }

    private func armArrival() {
      if let first = underWay.first { loop.schedule(arrival, at: first.arrives) }
    }

    /// Hands one piece over; a side whose own output is blocked takes nothing, as a socket's
    /// channel does not.
    private func deliver() {
      guard let pipe, !pipe.isClosed, let peer, peer.isReading, !underWay.isEmpty else { return }
      let wasBlocked = isBlocked
      let piece = underWay.removeFirst()
      bytesUnderWay -= piece.bytes.count
      unsafe piece.bytes.withUnsafeBytes { unsafe peer.handler.receive($0) }
      if piece.isCut { return pipe.close() }
      peer.outputIsWaiting()
      armArrival()
      if wasBlocked, !isBlocked {
        outputIsWaiting()
        peer.armArrival()
      }
    }

    func pipeClosed() {
      loop.cancel(arrival)
      underWay = []
      bytesUnderWay = 0
      handler.disconnected()
    }

    func letGo() {
      pipe = nil
      peer = nil
    }
  }
}
