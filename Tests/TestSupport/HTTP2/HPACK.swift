internal import CNGHTTP2

/// Header blocks: written in the plainest form there is, read by nghttp2's decoder, for what we send
/// uses the tables and Huffman's code.
package enum HPACK {
  /// Literal fields without indexing, new names, no Huffman (RFC 7541 §6.2.2).
  package static func literal(_ fields: [(String, String)]) -> [UInt8] {
    fields.flatMap { name, value in [0x00] + text(Array(name.utf8)) + text(Array(value.utf8)) }
  }

  /// One literal field of any bytes.
  package static func literal(_ name: String, _ value: [UInt8]) -> [UInt8] {
    [0x00] + text(Array(name.utf8)) + text(value)
  }

  /// A string with its length (RFC 7541 §5.2), H bit off.
  private static func text(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
    var rest = bytes.count - 127
    var length: [UInt8] = [127]
    while rest >= 128 {
      length.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return length + [UInt8(rest)] + bytes
  }

  /// Reads the header blocks of one connection, in order.
  package final class Decoder {
    private var inflater: OpaquePointer?

    package init() {
      let result = nghttp2_hd_inflate_new(&inflater)
      precondition(result == 0, "no memory for a header decoder")
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    /// - Returns: nil when the block is no valid one.
    package func decode(_ block: [UInt8]) -> [(String, String)]? {
      var fields: [(String, String)] = []
      var offset = 0
      while true {
        var field = nghttp2_nv()
        var flags: Int32 = 0
        let count = block.withUnsafeBufferPointer { buffer in
          nghttp2_hd_inflate_hd2(
            inflater, &field, &flags, buffer.baseAddress?.advanced(by: offset),
            buffer.count - offset, 1)
        }
        guard count >= 0 else { return nil }
        offset += count
        if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
          fields.append((text(field.name, field.namelen), text(field.value, field.valuelen)))
        }
        if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
          nghttp2_hd_inflate_end_headers(inflater)
          return fields
        }
        if count == 0, flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) == 0 { return fields }
      }
    }

    private func text(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
      String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
  }
}
