internal import CNGHTTP2

/// The nine bytes before a frame's payload, as they came in.
/// - Source: RFC 9113 §4.1.
struct HTTP2FrameHead {
  enum Kind {
    case data, headers, priority, reset, settings, pushPromise, ping, goaway, windowUpdate
    case continuation
    /// A type that RFC 9113 does not know; to be ignored (§5.5).
    case unknown
  }

  let kind: Kind
  let streamID: Int32
  let payloadBytes: Int
  let flags: UInt8

  init(_ head: nghttp2_frame_hd) {
    streamID = head.stream_id
    payloadBytes = head.length
    flags = head.flags
    kind =
      switch UInt32(head.type) {
      case NGHTTP2_DATA.rawValue: .data
      case NGHTTP2_HEADERS.rawValue: .headers
      case NGHTTP2_PRIORITY.rawValue: .priority
      case NGHTTP2_RST_STREAM.rawValue: .reset
      case NGHTTP2_SETTINGS.rawValue: .settings
      case NGHTTP2_PUSH_PROMISE.rawValue: .pushPromise
      case NGHTTP2_PING.rawValue: .ping
      case NGHTTP2_GOAWAY.rawValue: .goaway
      case NGHTTP2_WINDOW_UPDATE.rawValue: .windowUpdate
      case NGHTTP2_CONTINUATION.rawValue: .continuation
      default: .unknown
      }
  }

  /// Flag 0x1: the stream's last frame, of DATA and HEADERS; an acknowledgement, of SETTINGS and
  /// PING.
  var hasFirstFlag: Bool { flags & 1 != 0 }
}
