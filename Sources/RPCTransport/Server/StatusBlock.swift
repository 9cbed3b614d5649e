internal import RPCCore

/// The header block that ends a call: its status, and what the handler added, as far as the caller
/// takes it.
///
/// A caller announces the longest list of fields that it takes (RFC 9113 §6.5.2,
/// SETTINGS_MAX_HEADER_LIST_SIZE), and nghttp2 sends none beyond 64 KiB: a status that does not fit
/// would never arrive, and the call hang.
enum StatusBlock {
  /// Of a list's size as RFC 9113 counts it, which is above what nghttp2 counts.
  static let most = 60_000
  /// What a message is cut to where it does not fit, as it is on the wire.
  private static let messageBytesMax = 1_024

  /// - Parameters:
  ///   - initialMetadata: what begins a response of one block; nil behind messages.
  ///   - room: the size of a list that the caller takes.
  static func fields(
    _ status: Status, opening initialMetadata: Metadata?, _ trailers: Metadata, room: Int
  ) -> HeaderBlock {
    let room = min(room, most)
    let whole = block(status.code, status.message, initialMetadata, trailers)
    guard whole.listSize > room else { return whole }
    let short = block(status.code, shortened(status.message), initialMetadata, trailers)
    guard short.listSize > room else { return short }
    // What was called a success and does not arrive whole is none.
    let told = status.code == .ok ? tooLarge(short.listSize, room).status : status
    return block(
      told.code, shortened(told.message), initialMetadata.map { _ in Metadata() }, Metadata())
  }

  /// Why metadata of an answer is not sent.
  static func tooLarge(_ size: Int, _ room: Int) -> RPCError {
    RPCError(
      .resourceExhausted,
      "the answer's metadata is of \(size) bytes, and the caller takes \(min(room, most))")
  }

  private static func block(
    _ code: StatusCode, _ message: String, _ initialMetadata: Metadata?, _ trailers: Metadata
  ) -> HeaderBlock {
    var fields = HeaderBlock()
    if let initialMetadata {
      fields.append(":status", "200")
      fields.append("content-type", "application/grpc")
      fields.append(initialMetadata)
    }
    if code == .ok {
      fields.append("grpc-status", "0")
    } else {
      fields.append("grpc-status", String(code.rawValue).utf8)
    }
    if !message.isEmpty { fields.append("grpc-message", PercentEncoding.encode(message)) }
    fields.append(trailers)
    return fields
  }

  /// The beginning of a message, and dots that say so; never the half of a character.
  private static func shortened(_ message: String) -> String {
    var left = messageBytesMax
    var kept = String.UnicodeScalarView()
    for scalar in message.unicodeScalars {
      let isPlain = (0x20...0x7E).contains(scalar.value) && scalar != "%"
      left -= isPlain ? 1 : 3 * String(scalar).utf8.count
      guard left >= 0 else { return String(kept) + "..." }
      kept.append(scalar)
    }
    return message
  }
}
