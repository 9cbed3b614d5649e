/// Reads numbers, most significant byte first, from left to right.
struct TZifReader {
  private let source: [UInt8]
  private var offset = 0

  init(_ source: [UInt8]) { self.source = source }

  var isAtEnd: Bool { offset == source.count }
  var rest: ArraySlice<UInt8> { source[offset...] }

  mutating func bytes(_ count: Int) throws(TZifError) -> ArraySlice<UInt8> {
    guard count <= source.count - offset else { throw .truncated }
    defer { offset += count }
    return source[offset..<offset + count]
  }

  mutating func skip(_ count: Int) throws(TZifError) { _ = try bytes(count) }

  mutating func byte() throws(TZifError) -> UInt8 {
    guard offset < source.count else { throw .truncated }
    defer { offset += 1 }
    return source[offset]
  }

  /// A signed number of four or eight bytes.
  mutating func integer(bytes count: Int) throws(TZifError) -> Int64 {
    let field = try bytes(count)
    let bits = field.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    return count == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
  }
}
