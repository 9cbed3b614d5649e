internal import CNGHTTP2

/// What every nghttp2 session is told at its making: the same for all, so it is put together once.
enum SessionOptions {
  /// SETTINGS entries in one frame (nghttp2's default, stated).
  private static let settingsEntriesMax = 32
  /// CONTINUATION frames of one header block (nghttp2's default, stated; CVE-2024-28182).
  private static let continuationsMax = 8
  /// nghttp2's own limit of streams that a peer resets. ``FloodGuard`` counts them too, and sooner:
  /// nghttp2 acts only once its GOAWAY is sent, which a peer that does not read can put off.
  private static let resetBurst: UInt64 = 2000
  private static let resetsPerSecond: UInt64 = 200

  /// Sessions copy it.
  nonisolated(unsafe) static let table: OpaquePointer = {
    var options: OpaquePointer?
    guard unsafe nghttp2_option_new(&options) == 0, let options = unsafe options else {
      preconditionFailure("no memory for nghttp2's options")
    }
    unsafe nghttp2_option_set_no_auto_window_update(options, 1)
    unsafe nghttp2_option_set_no_closed_streams(options, 1)
    unsafe nghttp2_option_set_max_settings(options, settingsEntriesMax)
    unsafe nghttp2_option_set_max_continuations(options, continuationsMax)
    unsafe nghttp2_option_set_stream_reset_rate_limit(options, resetBurst, resetsPerSecond)
    // Frames of types that RFC 9113 does not know are shown to us, to be counted and ignored.
    for type in UInt8(NGHTTP2_CONTINUATION.rawValue) + 1...UInt8.max {
      unsafe nghttp2_option_set_user_recv_extension_type(options, type)
    }
    return unsafe options
  }()
}
