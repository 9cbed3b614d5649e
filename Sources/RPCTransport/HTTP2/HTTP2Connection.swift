internal import CNGHTTP2
internal import RPCCore

/// One HTTP/2 connection on nghttp2, either side: bytes in, bytes out, streams by their ids.
///
/// Confined to its loop. The session is owned here and lives as long as the connection; a stream
/// keeps its connection alive, and asks whether it is still open before it touches the session.
@safe package class HTTP2Connection: ByteProtocol, @unchecked Sendable {
  let loop: any EventLoop
  let limits: HTTP2Limits
  // Exclusivity needs no checks at run time: all of this is touched on the loop alone, and no
  // access is open while other code runs.
  @safe @exclusivity(unchecked) private final var session: OpaquePointer?
  /// Ours alone, and given up in one place: a path that is taken with every field of every call does
  /// not count it, and no reference is left to whoever drops the connection.
  @safe private final let owner: Unmanaged<SessionOwner>
  /// Nil once the connection is gone, which breaks the cycle with its channel.
  @safe @exclusivity(unchecked) private final var channel: (any ByteChannel)?
  /// Set when nghttp2 gave the connection up: nothing more is read.
  @safe @exclusivity(unchecked) private final var hasFailed = false
  @safe @exclusivity(unchecked) private(set) final var isDisconnected = false
  /// Open streams, in no order; each knows its place. nghttp2 finds them by the pointer that it
  /// keeps with each of its own.
  @safe @exclusivity(unchecked) private(set) final var streams: [HTTP2Stream] = []
  /// Streams that were let go of while nghttp2 may still call with their pointers: it does until
  /// its own call that is under way returns, and for a request that it holds back until the end.
  @safe @exclusivity(unchecked) private final var lingering: [HTTP2Stream] = []
  /// Bytes of DATA that came with the read that is being taken in.
  @safe @exclusivity(unchecked) private final var arrivedBytes = 0
  /// Whether the channel knows that there is output.
  @safe @exclusivity(unchecked) private final var isOutputAnnounced = false
  /// The stream whose header block is coming in: blocks never interleave (RFC 9113 §4.3). It is
  /// one of `streams`, and forgotten when it goes.
  @safe @exclusivity(unchecked) private final var incoming: Unmanaged<HTTP2Stream>?

  init(isServer: Bool, limits: HTTP2Limits, memory: SessionMemory, on loop: any EventLoop) {
    self.loop = loop
    self.limits = limits
    let owner = SessionOwner(memory: memory)
    unsafe self.owner = Unmanaged.passRetained(owner)
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe owner.open(isServer: isServer, context: context)
    unsafe session = owner.session
    announce(isServer: isServer)
  }

  deinit {
    // A handler elsewhere may have held the connection last; a session ends on its loop, whose
    // connections share one memory. Nothing of it is held here while the loop lets go of it.
    let owner = owner
    if loop.isCurrent { unsafe owner.release() } else { loop.execute { unsafe owner.release() } }
  }

  private func announce(isServer: Bool) {
    var settings = [
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
        value: UInt32(limits.streamWindowBytes)),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
        value: UInt32(limits.headerListBytesMax)),
    ]
    if isServer {
      settings += [
        nghttp2_settings_entry(
          settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
          value: UInt32(limits.concurrentCallsMax)),
        nghttp2_settings_entry(
          settings_id: Int32(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue), value: 1),
      ]
    } else {
      settings.append(
        nghttp2_settings_entry(
          settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
    }
    unsafe check(
      nghttp2_submit_settings(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count))
    unsafe check(
      nghttp2_session_set_local_window_size(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, limits.connectionWindowBytes))
  }

  // MARK: Bytes

  package func attach(to channel: any ByteChannel) { self.channel = channel }

  package func receive(_ bytes: UnsafeRawBufferPointer) {
    guard !hasFailed, !isDisconnected else { return }
    let taken = unsafe nghttp2_session_mem_recv(
      session, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    if taken < 0 { giveUp(taken) }
    // The connection's credit is given back on arrival, so that a stalled stream starves no other.
    if arrivedBytes > 0, !isDisconnected {
      unsafe nghttp2_session_consume_connection(session, arrivedBytes)
      arrivedBytes = 0
    }
    outputIsWaiting()
  }

  /// nghttp2 will take no more: a flood, or no HTTP/2 at all. For a broken frame it sends GOAWAY
  /// itself; here it is for us to say goodbye (facts/grpc A54).
  private func giveUp(_ error: Int) {
    guard !hasFailed else { return }
    switch error {
    case Int(NGHTTP2_ERR_FLOODED.rawValue): terminate(.outbound)
    case Int(NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue): terminate(.continuations)
    default: terminate(code: NGHTTP2_PROTOCOL_ERROR.rawValue, debug: "")
    }
  }

  /// Says goodbye to a peer that overdoes something; the connection is closed behind it.
  func terminate(_ flood: FloodGuard.Flood) {
    terminate(code: NGHTTP2_ENHANCE_YOUR_CALM.rawValue, debug: flood.rawValue)
  }

  /// Ends the connection with a GOAWAY, truthful about what was taken in; nothing more is read.
  final func terminate(code: UInt32, debug: String) {
    guard !hasFailed, !isDisconnected else { return }
    hasFailed = true
    submitGoaway(code: code, debug: debug)
  }

  package func produce(into output: inout ByteBuffer, max: Int) -> Bool {
    guard !isDisconnected else { return false }
    // What comes up from here on is announced anew, which costs a channel that is at it nothing.
    isOutputAnnounced = false
    while output.count < max, !isDisconnected {
      var bytes: UnsafePointer<UInt8>?
      let count = unsafe nghttp2_session_mem_send(session, &bytes)
      guard count >= 0 else {
        hasFailed = true
        return false
      }
      guard count > 0 else { return false }
      unsafe output.append(UnsafeRawBufferPointer(start: bytes, count: count))
    }
    return true
  }

  package var isFinished: Bool {
    if hasFailed { return true }
    let wantsRead = unsafe nghttp2_session_want_read(session) != 0
    let wantsWrite = unsafe nghttp2_session_want_write(session) != 0
    return !wantsRead && !wantsWrite
  }

  package var readsWhileOutputIsBlocked: Bool { false }

  package func disconnected() {
    guard !isDisconnected else { return }
    isDisconnected = true
    channel = nil
    let open = streams
    streams = []
    incoming = nil
    lingering += open
    loop.execute { [self] in lingering = [] }
    for stream in open {
      stream.place = -1
      stream.closed(.connectionLost)
    }
  }

  /// Has the session's output sent at the end of this wake-up.
  final func outputIsWaiting() {
    guard !isOutputAnnounced, let channel else { return }
    isOutputAnnounced = true
    channel.outputIsWaiting()
  }

  /// Ends the connection at once; calls that are open fail.
  package final func abort() { channel?.close() }

  /// The two ends of what carries the connection; unknown once it is gone.
  final var ends: ChannelEnds { channel?.ends ?? ChannelEnds() }

  /// Bytes that we may still send on the connection; 0 once it is gone.
  final var sendWindow: Int {
    isDisconnected ? 0 : Int(unsafe nghttp2_session_get_remote_window_size(session))
  }

  /// Bytes that the peer may still send on the connection; 0 once it is gone.
  final var receiveWindow: Int {
    isDisconnected ? 0 : Int(unsafe nghttp2_session_get_local_window_size(session))
  }

  /// Whether a header block has begun and not ended.
  final var isReadingHeaders: Bool { unsafe incoming != nil }

  // MARK: Streams

  /// - Returns: nil when the stream is not open, or is none of ours.
  final func stream(_ id: Int32) -> HTTP2Stream? {
    // The session goes on with what it was given before the connection was lost.
    guard !isDisconnected,
      let pointer = unsafe nghttp2_session_get_stream_user_data(session, id)
    else { return nil }
    return unsafe Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Keeps a stream until nghttp2 has closed its own.
  func add(_ stream: HTTP2Stream) {
    stream.place = streams.count
    streams.append(stream)
  }

  /// Has nghttp2 give back the stream with the id; for one that the peer has opened.
  final func bind(_ stream: HTTP2Stream, to id: Int32) {
    unsafe check(
      nghttp2_session_set_stream_user_data(
        session, id, Unmanaged.passUnretained(stream).toOpaque()))
  }

  /// Whether nghttp2 has the stream, and it is ours.
  final func isOpen(_ id: Int32) -> Bool {
    unsafe !isDisconnected && nghttp2_session_get_stream_user_data(session, id) != nil
  }

  final func streamClosed(_ id: Int32, code: UInt32) {
    guard !isDisconnected,
      let pointer = unsafe nghttp2_session_get_stream_user_data(session, id)
    else { return }
    let place = unsafe Unmanaged<HTTP2Stream>.fromOpaque(pointer)._withUnsafeGuaranteedRef {
      $0.place
    }
    closeStream(at: place, code: code)
  }

  /// Lets go of a stream that nghttp2 holds back and will close only when one becomes free.
  final func abandon(_ stream: HTTP2Stream, code: UInt32) {
    lingering.append(stream)
    closeStream(at: stream.place, code: code)
  }

  /// Lets go of a stream that has ended with an error code of RFC 9113 §7.
  ///
  /// - Parameter place: that of the stream among ``streams``; -1 when it was let go of already.
  final func closeStream(at place: Int, code: UInt32) {
    guard place >= 0 else { return }
    if place != streams.count - 1 {
      streams.swapAt(place, streams.count - 1)
      streams[place].place = place
    }
    // The one reference that the connection had moves out, so that its object can be used again.
    var stream = streams.removeLast()
    stream.place = -1
    if let incoming = unsafe incoming?.takeUnretainedValue(), incoming === stream {
      self.incoming = nil
    }
    stream.closed(.code(code))
    didLetGo(of: &stream)
  }

  final func beginHeaders(_ id: Int32, isRequest: Bool) {
    let stream = isDisconnected ? nil : streamForHeaders(id, isRequest: isRequest)
    incoming = unsafe stream.map { unsafe Unmanaged.passUnretained($0) }
  }

  /// - Returns: whether the stream is worth the rest of its block.
  @inline(__always)
  final func header(_ id: Int32, name: OpaquePointer, value: OpaquePointer) -> Bool {
    guard let stream = incoming else { return true }
    return unsafe stream._withUnsafeGuaranteedRef { stream in
      guard stream.id == id else { return true }
      let known = unsafe owner._withUnsafeGuaranteedRef {
        unsafe $0.fields.find(name, value)
      }
      let isWorthIt =
        if let known {
          stream.add(known.effect, listBytes: known.listBytes)
        } else {
          unsafe newHeader(name, value, to: stream)
        }
      if !isWorthIt { headerListRefused() }
      return isWorthIt
    }
  }

  private func newHeader(
    _ name: OpaquePointer, _ value: OpaquePointer, to stream: HTTP2Stream
  ) -> Bool {
    let nameBytes = unsafe Self.bytes(name)
    let valueBytes = unsafe Self.bytes(value)
    switch unsafe stream.add(name: nameBytes, value: valueBytes) {
    case .taken: return true
    case .refused: return false
    case .effect(let effect):
      let listBytes = nameBytes.count + valueBytes.count + 32
      unsafe owner._withUnsafeGuaranteedRef {
        unsafe $0.fields.remember(name, value, effect, listBytes: listBytes)
      }
      return true
    }
  }

  private static func bytes(_ buffer: OpaquePointer) -> UnsafeRawBufferPointer {
    let vector = unsafe nghttp2_rcbuf_get_buf(buffer)
    return unsafe UnsafeRawBufferPointer(start: vector.base, count: vector.len)
  }

  final func headersReceived(_ id: Int32, isEndOfStream: Bool) {
    if let stream = unsafe incoming?.takeUnretainedValue(), stream.id == id {
      incoming = nil
      stream.headWasReceived(endsStream: isEndOfStream)
      if isEndOfStream { stream.inputEnded() }
    } else if isEndOfStream {
      inputEnded(id)
    }
  }

  /// - Returns: whether to go on; if not, the connection was terminated.
  final func dataReceived(_ id: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
    arrivedBytes += bytes.count
    guard !isDisconnected,
      let pointer = unsafe nghttp2_session_get_stream_user_data(session, id)
    else {
      unsafe nghttp2_session_consume_stream(session, id, bytes.count)
      return closedStreamDataReceived()
    }
    unsafe Unmanaged<HTTP2Stream>.fromOpaque(pointer)._withUnsafeGuaranteedRef {
      unsafe $0.received(bytes)
    }
    return true
  }

  final func inputEnded(_ id: Int32) { stream(id)?.inputEnded() }

  /// Gives a stream's flow-control credit back.
  func consume(_ id: Int32, bytes: Int) {
    guard !isDisconnected else { return }
    unsafe nghttp2_session_consume_stream(session, id, bytes)
    outputIsWaiting()
  }

  func reset(_ id: Int32, code: UInt32) {
    guard !isDisconnected else { return }
    unsafe check(nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, code))
    outputIsWaiting()
  }

  func resume(_ id: Int32) {
    guard !isDisconnected else { return }
    // Not an error when nothing is deferred: the data is on its way already.
    unsafe nghttp2_session_resume_data(session, id)
    outputIsWaiting()
  }

  /// The size of a list of fields that the peer takes (RFC 9113 §6.5.2).
  final var headerListPeerTakes: Int {
    let announced = unsafe nghttp2_session_get_remote_settings(
      session, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE)
    return Int(announced)
  }

  final func submitTrailers(_ id: Int32, _ fields: HeaderBlock) {
    unsafe fields.withFields { unsafe submitTrailers(id, $0, $1) }
  }

  final func submitTrailers(_ id: Int32, _ fields: StaticFields) {
    unsafe submitTrailers(id, fields.fields, fields.count)
  }

  private func submitTrailers(_ id: Int32, _ fields: UnsafePointer<nghttp2_nv>?, _ count: Int) {
    unsafe check(nghttp2_submit_trailer(session, id, fields, count))
  }

  /// - Parameter body: the stream whose output follows; nil ends the stream with the headers.
  final func submitResponse(_ id: Int32, _ fields: HeaderBlock, body stream: HTTP2Stream?) {
    unsafe fields.withFields { unsafe submitResponse(id, $0, $1, body: stream) }
  }

  final func submitResponse(_ id: Int32, _ fields: StaticFields, body stream: HTTP2Stream?) {
    unsafe submitResponse(id, fields.fields, fields.count, body: stream)
  }

  private func submitResponse(
    _ id: Int32, _ fields: UnsafePointer<nghttp2_nv>?, _ count: Int, body stream: HTTP2Stream?
  ) {
    guard !isDisconnected else { return }
    if let stream {
      var provider = unsafe Self.provider(stream)
      unsafe check(nghttp2_submit_response(session, id, fields, count, &provider))
    } else {
      unsafe check(nghttp2_submit_response(session, id, fields, count, nil))
    }
    outputIsWaiting()
  }

  /// - Returns: the new stream's id, or nil when the connection has no more to give.
  func submitRequest(_ fields: HeaderBlock, body stream: HTTP2Stream) -> Int32? {
    guard !isDisconnected else { return nil }
    let id = unsafe fields.withFields { fields, count in
      var provider = unsafe Self.provider(stream)
      return unsafe nghttp2_submit_request(
        session, nil, fields, count, &provider, Unmanaged.passUnretained(stream).toOpaque())
    }
    outputIsWaiting()
    return id > 0 ? id : nil
  }

  private static func provider(_ stream: HTTP2Stream) -> nghttp2_data_provider {
    var provider = unsafe nghttp2_data_provider()
    // The stream is in `streams` until nghttp2 has closed it, so it outlives this pointer.
    unsafe provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
    unsafe provider.read_callback = HTTP2Callbacks.produceData
    return unsafe provider
  }

  // MARK: The connection's end

  /// The first of two GOAWAYs: no new stream after a round trip (RFC 9113 §6.8).
  func submitShutdownNotice() {
    unsafe check(nghttp2_submit_shutdown_notice(session))
    outputIsWaiting()
  }

  func submitPing() {
    unsafe check(nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil))
    outputIsWaiting()
  }

  /// A GOAWAY with the last stream that was taken in; streams up to it go on.
  func submitGoaway(code: UInt32, debug: String = "") {
    let text = Array(debug.utf8)
    let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
    unsafe check(
      nghttp2_submit_goaway(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, code, text, text.count))
    outputIsWaiting()
  }

  /// nghttp2 refuses a submission for want of memory, or because of a bug of ours.
  private func check(_ result: Int32) {
    if result == NGHTTP2_ERR_NOMEM.rawValue { hasFailed = true }
    precondition(
      result == 0 || result == NGHTTP2_ERR_NOMEM.rawValue
        || result == NGHTTP2_ERR_DATA_EXIST.rawValue
        || result == NGHTTP2_ERR_INVALID_ARGUMENT.rawValue,
      "nghttp2 refused a submission: \(result)")
  }

  // MARK: What the two sides do differently

  /// The connection keeps the stream no longer, and nghttp2 has closed its own.
  func didLetGo(of stream: inout HTTP2Stream) {}
  /// - Returns: the stream that a header block is for; nil when nobody reads it.
  func streamForHeaders(_ id: Int32, isRequest: Bool) -> HTTP2Stream? { nil }
  /// The request's headers are about to leave.
  func requestWillBeSent(_ id: Int32) {}
  func headersSent(_ id: Int32, isEndOfStream: Bool) {}
  func dataSent() {}
  func resetSent(_ id: Int32, code: UInt32) {}
  /// Ours, or nghttp2's own at a connection error.
  func goawaySent(code: UInt32) {}
  /// - Returns: whether to go on; if not, the connection was terminated.
  func frameBegins(_ head: HTTP2FrameHead) -> Bool { true }
  /// - Returns: as ``frameBegins(_:)``.
  func invalidFrameReceived() -> Bool { true }
  /// A frame of no known type. Returns as ``frameBegins(_:)``.
  func unknownFrameReceived() -> Bool { true }
  /// nghttp2 turned a stream away that was one too many. Returns as ``frameBegins(_:)``.
  func streamWasRefused() -> Bool { true }
  /// A header list so large that the rest of it is not looked at.
  func headerListRefused() {}
  func pingReceived() {}
  /// DATA for a stream that is over. Returns as ``frameBegins(_:)``.
  func closedStreamDataReceived() -> Bool { true }
  func pingAnswered() {}
  func goawayReceived(lastStreamID: Int32, code: UInt32, debug: String) {}
  func settingsReceived() {}
}
