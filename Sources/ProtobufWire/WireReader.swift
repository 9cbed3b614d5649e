package import RPCCore

/// Steps through protobuf bytes, one tag, number or length at a time.
///
/// The position lives here and the bytes come in with each call: a span cannot be stored without
/// tying the reader to its lifetime. Every read is bounds-checked.
/// - Source: protobuf "Encoding"; the limits on tags and lengths are those of libprotobuf-c, so
///   that nothing it would refuse gets past.
package struct WireReader: Sendable {
  package private(set) var position: Int
  package let end: Int

  /// - Parameters:
  ///   - position: where to begin.
  ///   - end: the offset behind the last byte to read; at most the length of the bytes.
  package init(from position: Int, to end: Int) {
    self.position = position
    self.end = end
  }

  package var isAtEnd: Bool { position == end }

  /// The next tag: a field's number and the form its value has.
  ///
  /// - Throws: ``MessageError/malformed(_:)`` on number 0, more than 29 bits, a group (obsolete,
  ///   and unbounded nesting) or a form that does not exist.
  package mutating func tag(in bytes: RawSpan) throws(MessageError) -> (UInt32, WireForm) {
    let raw = try shortVarint(in: bytes)
    let number = UInt32(truncatingIfNeeded: raw >> 3)
    guard number != 0, raw >> 32 == 0, let form = WireForm(rawValue: UInt8(raw & 7)) else {
      throw WireFault.tag.error
    }
    return (number, form)
  }

  /// The length of what follows, already checked to be there.
  package mutating func length(in bytes: RawSpan) throws(MessageError) -> Int {
    let length = try shortVarint(in: bytes)
    guard length <= UInt64(end - position) else { throw WireFault.truncated.error }
    return Int(length)
  }

  /// A number of up to ten bytes.
  package mutating func varint(in bytes: RawSpan) throws(MessageError) -> UInt64 {
    try varint(in: bytes, bytesMax: 10)
  }

  /// Four bytes, little-endian.
  package mutating func fixed32(in bytes: RawSpan) throws(MessageError) -> UInt32 {
    var value: UInt32 = 0
    let start = position
    try skip(4)
    for index in (0..<4).reversed() { value = value << 8 | UInt32(bytes.byte(start + index)) }
    return value
  }

  /// Eight bytes, little-endian.
  package mutating func fixed64(in bytes: RawSpan) throws(MessageError) -> UInt64 {
    let low = try fixed32(in: bytes)
    return UInt64(try fixed32(in: bytes)) << 32 | UInt64(low)
  }

  /// Steps over bytes.
  package mutating func skip(_ count: Int) throws(MessageError) {
    guard count <= end - position else { throw WireFault.truncated.error }
    position += count
  }

  /// Steps over the value of a field.
  package mutating func skipValue(_ form: WireForm, in bytes: RawSpan) throws(MessageError) {
    switch form {
    case .varint: _ = try varint(in: bytes)
    case .fixed64: try skip(8)
    case .lengthDelimited:
      let length = try length(in: bytes)
      try skip(length)
    case .fixed32: try skip(4)
    }
  }

  /// A tag or a length: at most five bytes, of which one is the rule.
  mutating func shortVarint(in bytes: RawSpan) throws(MessageError) -> UInt64 {
    if position < end {
      let byte = bytes.byte(position)
      if byte < 0x80 {
        position += 1
        return UInt64(byte)
      }
    }
    return try varint(in: bytes, bytesMax: 5)
  }

  mutating func varint(in bytes: RawSpan, bytesMax: Int) throws(MessageError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    for _ in 0..<bytesMax {
      guard position < end else { throw WireFault.truncated.error }
      let byte = bytes.byte(position)
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw WireFault.varint.error
  }
}
