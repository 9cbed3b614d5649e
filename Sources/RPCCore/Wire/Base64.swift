/// Base64 of `-bin` metadata: read with or without padding, written without.
///
/// - Source: gRPC PROTOCOL-HTTP2, "Custom-Metadata"; RFC 4648 §4.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    var pending: UInt32 = 0
    var pendingBits = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      pendingBits += 8
      while pendingBits >= 6 {
        pendingBits -= 6
        text.append(alphabet[Int(pending >> UInt32(pendingBits)) & 0x3F])
      }
    }
    if pendingBits > 0 {
      text.append(alphabet[Int(pending << UInt32(6 - pendingBits)) & 0x3F])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// - Throws: ``WireError/malformedBase64`` on a foreign letter, misplaced padding, or an
  ///   impossible length. Spare bits of the last letter are ignored, as stock clients do.
  package static func decode(_ text: Span<UInt8>) throws(WireError) -> [UInt8] {
    var count = text.count
    var padding = 0
    while count > 0, padding < 2, text[count - 1] == UInt8(ascii: "=") {
      count -= 1
      padding += 1
    }
    guard padding == 0 || (count + padding) % 4 == 0, count % 4 != 1 else {
      throw .malformedBase64
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * 3 / 4)
    var pending: UInt32 = 0
    var pendingBits = 0
    for index in 0..<count {
      guard let value = value(of: text[index]) else { throw .malformedBase64 }
      pending = pending << 6 | UInt32(value)
      pendingBits += 6
      if pendingBits >= 8 {
        pendingBits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
      }
    }
    return bytes
  }

  private static func value(of letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
