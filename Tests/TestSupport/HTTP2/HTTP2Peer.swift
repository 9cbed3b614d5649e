package import RPCTransport

/// The other end of a connection under test, frame by frame, on a manual loop.
package final class HTTP2Peer {
  /// The client's first octets (RFC 9113 §3.4).
  package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// One header block as it came.
  package struct Block {
    package let fields: [(String, String)]
    package let endsStream: Bool

    /// The value of a field; several are joined by commas.
    package subscript(name: String) -> String? {
      let values = fields.filter { $0.0 == name }.map(\.1)
      return values.isEmpty ? nil : values.joined(separator: ",")
    }
  }

  /// All that came on one stream.
  package struct StreamRecord {
    package var blocks: [Block] = []
    package var data: [UInt8] = []
    package var frames: [Frame] = []
    package var resetCode: UInt32?

    /// The first header block; empty when none came.
    package var head: Block { blocks.first ?? Block(fields: [], endsStream: false) }
    /// The header block after the first; empty when none came.
    package var trailers: Block {
      blocks.count > 1 ? blocks[1] : Block(fields: [], endsStream: false)
    }
    package var endsStream: Bool { frames.contains { $0.endsStream } }
    /// The last block's status, as text.
    package var status: String? { blocks.last?["grpc-status"] }
    package var message: String? { blocks.last?["grpc-message"] }
    /// Whether one header block is all there is, and it ends the stream.
    package var isTrailersOnly: Bool {
      blocks.count == 1 && data.isEmpty && blocks[0].endsStream
    }
    /// The payloads of the whole messages.
    package var messages: [[UInt8]] { HTTP2Peer.messages(data) }
  }

  package let loop: ManualLoop
  package let channel: MemoryChannel
  private let decoder = HPACK.Decoder()
  private var unread: ArraySlice<UInt8>
  private var taken = 0
  private var block: (frame: Frame, bytes: [UInt8])?
  /// Every frame that came, in order.
  package private(set) var frames: [Frame] = []
  package private(set) var streams: [UInt32: StreamRecord] = [:]

  /// Stands where the peer of a protocol would.
  ///
  /// - Parameter skipsPreface: whether the protocol under test is a client.
  package init(_ handler: any ByteProtocol, on loop: ManualLoop, skipsPreface: Bool = false) {
    self.loop = loop
    unread = []
    channel = loop.run { MemoryChannel(handler, on: loop) }
    if skipsPreface { taken = Self.preface.count }
    read()
  }

  // MARK: Verbs

  package func send(_ frames: Frame...) { send(frames) }

  package func send(_ frames: [Frame]) { send(bytes: frames.flatMap(\.bytes)) }

  package func send(bytes: [UInt8]) {
    loop.run { channel.receive(bytes) }
    read()
  }

  /// Begins as a client does.
  ///
  /// - Parameter acknowledges: whether the server's SETTINGS are in force from then on.
  package func open(
    _ settings: KeyValuePairs<UInt16, UInt32> = [:], acknowledges: Bool = true
  ) {
    send(bytes: Self.preface + Frame.settings(settings).bytes)
    if acknowledges { send(Frame.settingsAck) }
  }

  /// Does what waits, or what time brings, and reads what comes of it.
  package func advance(by span: Duration) {
    loop.advance(by: span)
    read()
  }

  package func turn() {
    loop.turn()
    read()
  }

  /// What a gRPC client sends first.
  package static func request(
    _ path: String, _ more: [(String, String)] = [], without: Set<String> = []
  ) -> [(String, String)] {
    let fields = [
      (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"),
      ("te", "trailers"), ("content-type", "application/grpc"),
    ]
    return fields.filter { !without.contains($0.0) } + more
  }

  /// A whole unary request, in frames of the default size at most.
  package func call(
    _ streamID: UInt32, _ path: String, _ message: [UInt8] = [], _ more: [(String, String)] = []
  ) {
    send(Self.headers(streamID, Self.request(path, more)))
    send(data: HTTP2Peer.framed(message), on: streamID, endStream: true)
  }

  /// Bytes of a stream, in frames of the default size at most.
  package func send(data: [UInt8], on streamID: UInt32, endStream: Bool = false) {
    var rest = data[...]
    repeat {
      let part = rest.prefix(16_384)
      rest = rest.dropFirst(part.count)
      send(.data(streamID, Array(part), endStream: endStream && rest.isEmpty))
    } while !rest.isEmpty
  }

  /// A header block, with CONTINUATION where it is long.
  private static func headers(_ streamID: UInt32, _ fields: [(String, String)]) -> [Frame] {
    var rest = HPACK.literal(fields)[...]
    var frames: [Frame] = []
    repeat {
      let part = Array(rest.prefix(16_384))
      rest = rest.dropFirst(part.count)
      frames.append(
        Frame(
          frames.isEmpty ? .headers : .continuation, flags: rest.isEmpty ? Frame.endHeaders : 0,
          streamID: streamID, payload: part))
    } while !rest.isEmpty
    return frames
  }

  // MARK: What came

  package subscript(streamID: UInt32) -> StreamRecord { streams[streamID] ?? StreamRecord() }

  package func frames(_ kind: Frame.Kind) -> [Frame] { frames.filter { $0.kind == kind } }

  package var isClosed: Bool { channel.isClosed }

  /// The credit given on a stream, or with 0 on the connection.
  package func credit(_ streamID: UInt32) -> Int {
    frames(.windowUpdate).filter { $0.streamID == streamID }.reduce(0) {
      $0 + Int($1.number(at: 0))
    }
  }

  /// A message with its prefix.
  package static func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    [flag] + [24, 16, 8, 0].map { UInt8(UInt32(message.count) >> $0 & 0xFF) } + message
  }

  package static func messages(_ data: [UInt8]) -> [[UInt8]] {
    var rest = data[...]
    var messages: [[UInt8]] = []
    while rest.count >= 5 {
      let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard rest.count >= 5 + length else { break }
      messages.append(Array(rest.dropFirst(5).prefix(length)))
      rest = rest.dropFirst(5 + length)
    }
    return messages
  }

  private func read() {
    guard channel.output.count > taken else { return }
    unread += channel.output[taken...]
    taken = channel.output.count
    for frame in Frame.parse(&unread) {
      frames.append(frame)
      record(frame)
    }
  }

  private func record(_ frame: Frame) {
    guard frame.streamID != 0 else { return }
    var stream = self[frame.streamID]
    stream.frames.append(frame)
    switch frame.kind {
    case .data: stream.data += frame.payload
    case .reset: stream.resetCode = frame.number(at: 0)
    case .headers, .continuation:
      let begun = frame.kind == .headers ? (frame, frame.payload) : block ?? (frame, [])
      let whole = (begun.0, begun.1 + (frame.kind == .headers ? [] : frame.payload))
      if frame.flags & Frame.endHeaders == 0 {
        block = whole
      } else {
        block = nil
        stream.blocks.append(
          Block(fields: decoder.decode(whole.1) ?? [], endsStream: whole.0.endsStream))
      }
    case .priority, .settings, .pushPromise, .ping, .goaway, .windowUpdate, nil: break
    }
    streams[frame.streamID] = stream
  }
}
