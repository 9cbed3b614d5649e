/// The five bytes before each message: a flag and a big-endian length.
///
/// - Source: gRPC PROTOCOL-HTTP2, "Length-Prefixed-Message".
package struct MessagePrefix: Hashable, Sendable {
  package static let byteCount = 5

  package var isCompressed: Bool
  package var payloadBytes: Int

  package init(isCompressed: Bool, payloadBytes: Int) {
    self.isCompressed = isCompressed
    self.payloadBytes = payloadBytes
  }

  /// - Parameters:
  ///   - bytes: at least ``byteCount`` bytes; those after the prefix are not looked at.
  ///   - payloadBytesMax: the limit, judged here so that a lie about the length costs nothing.
  /// - Throws: ``WireError/unknownFlag(_:)`` for a flag above 1 (stricter than gRPC C++ and
  ///   Python, as Go), ``WireError/messageTooLarge(bytes:max:)`` over the limit.
  package init(_ bytes: RawSpan, payloadBytesMax: Int) throws(WireError) {
    let flag = bytes.byte(0)
    guard flag <= 1 else { throw .unknownFlag(flag) }
    let length =
      Int(bytes.byte(1)) << 24 | Int(bytes.byte(2)) << 16 | Int(bytes.byte(3)) << 8
      | Int(bytes.byte(4))
    guard length <= payloadBytesMax else {
      throw .messageTooLarge(bytes: length, max: payloadBytesMax)
    }
    self.init(isCompressed: flag == 1, payloadBytes: length)
  }
}

extension RawSpan {
  /// One byte, bounds-checked.
  @inlinable
  public func byte(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Eight bytes as a word of this machine, bounds-checked.
  @inlinable
  package func word(_ offset: Int) -> UInt64 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  /// Whether the bytes are the same.
  @inlinable
  package func equals(_ other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    var offset = 0
    while offset + 8 <= byteCount {
      if word(offset) != other.word(offset) { return false }
      offset += 8
    }
    while offset < byteCount {
      if byte(offset) != other.byte(offset) { return false }
      offset += 1
    }
    return true
  }
}
