internal import CNGHTTP2
internal import RPCCore

/// The fields of one header block on their way to nghttp2, which copies them at submission.
struct HeaderBlock {
  /// Names and values, back to back.
  private var bytes: [UInt8] = []
  private var lengths: [(name: Int, value: Int)] = []

  init() { bytes.reserveCapacity(128) }

  /// As RFC 9113 §6.5.2 counts a list: names, values, and 32 for each field.
  var listSize: Int { bytes.count + 32 * lengths.count }

  mutating func append(_ name: StaticString, _ value: StaticString) {
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    lengths.append((name.utf8CodeUnitCount, value.utf8CodeUnitCount))
  }

  mutating func append(_ name: String, _ value: some Collection<UInt8>) {
    bytes.append(contentsOf: name.utf8)
    bytes.append(contentsOf: value)
    lengths.append((name.utf8.count, value.count))
  }

  mutating func append(_ metadata: Metadata) {
    for element in metadata {
      switch element.value {
      case .text(let text): append(element.key, text.utf8)
      case .bytes(let bytes): append(element.key, Base64.encode(bytes).utf8)
      }
    }
  }

  func withFields<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: lengths.count) { fields in
        var offset = 0
        for (index, length) in lengths.enumerated() {
          guard let base = buffer.baseAddress else { break }
          // nghttp2 does not write through these pointers.
          let name = unsafe UnsafeMutablePointer(mutating: base + offset)
          let value = unsafe UnsafeMutablePointer(mutating: base + offset + length.name)
          unsafe fields.initializeElement(
            at: index,
            to: nghttp2_nv(
              name: name, value: value, namelen: length.name, valuelen: length.value,
              flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
          offset += length.name + length.value
        }
        return unsafe body(fields.baseAddress, lengths.count)
      }
    }
  }
}
