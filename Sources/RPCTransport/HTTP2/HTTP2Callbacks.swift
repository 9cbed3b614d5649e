internal import CNGHTTP2

/// nghttp2's callbacks: each finds its connection again and passes on what happened. None calls
/// back into the session but to submit.
enum HTTP2Callbacks {
  /// One table for every session; sessions copy it.
  nonisolated(unsafe) static let table: OpaquePointer = {
    var table: OpaquePointer?
    let result = unsafe nghttp2_session_callbacks_new(&table)
    guard result == 0, let table = unsafe table else {
      preconditionFailure("no memory for nghttp2's callbacks")
    }
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(table, beginHeaders)
    unsafe nghttp2_session_callbacks_set_on_header_callback2(table, header)
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(table, frameReceived)
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table, dataReceived)
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(table, streamClosed)
    unsafe nghttp2_session_callbacks_set_before_frame_send_callback(table, frameWillBeSent)
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(table, frameSent)
    unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(table, frameBegins)
    unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(table, invalidFrame)
    unsafe nghttp2_session_callbacks_set_unpack_extension_callback(table, unknownFrame)
    return unsafe table
  }()

  /// Lends the connection that a callback is for; whoever called nghttp2 keeps it alive.
  @inline(__always)
  private static func with<Result>(
    _ context: UnsafeMutableRawPointer?, _ body: (HTTP2Connection) -> Result
  ) -> Result {
    guard let context = unsafe context else {
      preconditionFailure("nghttp2 called back without its context")
    }
    return unsafe Unmanaged<HTTP2Connection>.fromOpaque(context)._withUnsafeGuaranteedRef(body)
  }

  private static let frameBegins: nghttp2_on_begin_frame_callback = { _, head, context in
    guard let head = unsafe head?.pointee else { return 0 }
    let goesOn = unsafe with(context) { $0.frameBegins(HTTP2FrameHead(head)) }
    return goesOn ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
  }

  private static let invalidFrame: nghttp2_on_invalid_frame_recv_callback = {
    _, _, error, context in
    let isRefusal = error == NGHTTP2_ERR_REFUSED_STREAM.rawValue
    let goesOn = unsafe with(context) {
      isRefusal ? $0.streamWasRefused() : $0.invalidFrameReceived()
    }
    return goesOn ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
  }

  /// A frame of a type that nobody knows: ignored (RFC 9113 §5.5), but counted.
  private static let unknownFrame: nghttp2_unpack_extension_callback = { _, _, _, context in
    let goesOn = unsafe with(context) { $0.unknownFrameReceived() }
    return (goesOn ? NGHTTP2_ERR_CANCEL : NGHTTP2_ERR_CALLBACK_FAILURE).rawValue
  }

  private static let beginHeaders: nghttp2_on_begin_headers_callback = { _, frame, context in
    guard let frame = unsafe frame else { return 0 }
    let isRequest = unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
    let id = unsafe frame.pointee.hd.stream_id
    unsafe with(context) { $0.beginHeaders(id, isRequest: isRequest) }
    return 0
  }

  private static let header: nghttp2_on_header_callback2 = { _, frame, name, value, _, context in
    guard let frame = unsafe frame, let name = unsafe name, let value = unsafe value else {
      return 0
    }
    let streamID = unsafe frame.pointee.hd.stream_id
    let goesOn = unsafe with(context) { unsafe $0.header(streamID, name: name, value: value) }
    // The stream is reset, and the rest of the block is decoded without calling back.
    return goesOn ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
  }

  private static let frameReceived: nghttp2_on_frame_recv_callback = { _, frame, context in
    guard let frame = unsafe frame else { return 0 }
    let head = unsafe frame.pointee.hd
    let isEndOfStream = head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
    let isAck = head.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0
    unsafe with(context) { connection in
      switch UInt32(head.type) {
      case NGHTTP2_HEADERS.rawValue:
        connection.headersReceived(head.stream_id, isEndOfStream: isEndOfStream)
      case NGHTTP2_DATA.rawValue where isEndOfStream: connection.inputEnded(head.stream_id)
      case NGHTTP2_PING.rawValue:
        if isAck { connection.pingAnswered() } else { connection.pingReceived() }
      case NGHTTP2_SETTINGS.rawValue where !isAck: connection.settingsReceived()
      case NGHTTP2_GOAWAY.rawValue: unsafe goawayReceived(frame.pointee.goaway, on: connection)
      default: break
      }
    }
    return 0
  }

  private static func goawayReceived(_ goaway: nghttp2_goaway, on connection: HTTP2Connection) {
    let debug = unsafe UnsafeBufferPointer(
      start: goaway.opaque_data, count: min(goaway.opaque_data_len, 256))
    unsafe connection.goawayReceived(
      lastStreamID: goaway.last_stream_id, code: goaway.error_code,
      debug: String(decoding: debug, as: UTF8.self))
  }

  private static let dataReceived: nghttp2_on_data_chunk_recv_callback = {
    _, _, streamID, data, count, context in
    let goesOn = unsafe with(context) {
      unsafe $0.dataReceived(streamID, UnsafeRawBufferPointer(start: data, count: count))
    }
    return goesOn ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
  }

  private static let streamClosed: nghttp2_on_stream_close_callback = {
    _, streamID, code, context in
    unsafe with(context) { $0.streamClosed(streamID, code: code) }
    return 0
  }

  /// Called before the first byte of a frame is made, so that a request that might have left is
  /// never taken for one that has not.
  private static let frameWillBeSent: nghttp2_before_frame_send_callback = { _, frame, context in
    guard let frame = unsafe frame else { return 0 }
    let head = unsafe frame.pointee.hd
    if UInt32(head.type) == NGHTTP2_HEADERS.rawValue,
      unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
    {
      unsafe with(context) { $0.requestWillBeSent(head.stream_id) }
    }
    return 0
  }

  private static let frameSent: nghttp2_on_frame_send_callback = { _, frame, context in
    guard let frame = unsafe frame else { return 0 }
    let head = unsafe frame.pointee.hd
    unsafe with(context) { connection in
      switch UInt32(head.type) {
      case NGHTTP2_HEADERS.rawValue:
        let isEnd = head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        connection.headersSent(head.stream_id, isEndOfStream: isEnd)
      case NGHTTP2_DATA.rawValue: connection.dataSent()
      case NGHTTP2_RST_STREAM.rawValue:
        let code = unsafe frame.pointee.rst_stream.error_code
        connection.resetSent(head.stream_id, code: code)
      case NGHTTP2_GOAWAY.rawValue:
        connection.goawaySent(code: unsafe frame.pointee.goaway.error_code)
      default: break
      }
    }
    return 0
  }

  /// Feeds a stream's queued output into a DATA frame.
  static let produceData: nghttp2_data_source_read_callback = {
    _, _, buffer, length, flags, source, _ in
    guard let source = unsafe source, let object = unsafe source.pointee.ptr,
      let flags = unsafe flags
    else { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
    let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: length)
    let progress = unsafe Unmanaged<HTTP2Stream>.fromOpaque(object)._withUnsafeGuaranteedRef {
      unsafe $0.produceData(into: room)
    }
    switch progress {
    case .bytes(let count): return count
    case .deferred: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    case .last(let count, let endsStream):
      unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
      if !endsStream { unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue }
      return count
    }
  }
}
