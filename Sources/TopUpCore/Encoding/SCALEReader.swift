/// Reads SCALE, the encoding of Substrate's storage: little-endian, with compact integers.
///
/// Takes only the one shortest form of each integer, so that what is read has one encoding.
/// - Source: Polkadot specification, appendix A.2 "SCALE codec".
package struct SCALEReader: Sendable {
  private let source: [UInt8]
  /// How many bytes were read.
  package private(set) var offset = 0

  package init(_ bytes: [UInt8]) { source = bytes }

  /// A compact integer of a type with up to 128 bits.
  ///
  /// - Throws: ``SCALEError/notMinimal(offset:)`` when a shorter form exists,
  ///   ``SCALEError/tooLarge(offset:)`` when the type cannot hold it.
  package mutating func compact<Integer: FixedWidthInteger & UnsignedInteger>(
    _ type: Integer.Type = Integer.self
  ) throws(SCALEError) -> Integer {
    let start = offset
    let first = try byte()
    let value: UInt128
    let leastOfForm: UInt128
    switch first & 3 {
    case 0:
      (value, leastOfForm) = (UInt128(first >> 2), 0)
    case 1:
      (value, leastOfForm) = (try word(first, bytes: 1) >> 2, 1 << 6)
    case 2:
      (value, leastOfForm) = (try word(first, bytes: 3) >> 2, 1 << 14)
    default:
      let count = Int(first >> 2) + 4
      guard count <= 16 else { throw .tooLarge(offset: start) }
      value = try word(nil, bytes: count)
      leastOfForm = count == 4 ? 1 << 30 : 1 << UInt128((count - 1) * 8)
    }
    guard value >= leastOfForm else { throw .notMinimal(offset: start) }
    guard let number = Integer(exactly: value) else { throw .tooLarge(offset: start) }
    return number
  }

  package mutating func bytes(_ count: Int) throws(SCALEError) -> ArraySlice<UInt8> {
    guard count <= source.count - offset else { throw .truncated(offset: source.count) }
    defer { offset += count }
    return source[offset..<offset + count]
  }

  /// A count, then so many elements.
  ///
  /// - Parameter elementBytesMin: what the shortest element takes; a count that the remaining
  ///   bytes cannot hold is refused before anything is built from it.
  package mutating func vector<Element>(
    elementBytesMin: Int, of element: (inout Self) throws(SCALEError) -> Element
  ) throws(SCALEError) -> [Element] {
    let count = Int(try compact(UInt32.self))
    guard count <= (source.count - offset) / elementBytesMin else {
      throw .truncated(offset: source.count)
    }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try element(&self)) }
    return elements
  }

  /// - Throws: ``SCALEError/trailing(offset:)`` when bytes are left over.
  package func finish() throws(SCALEError) {
    guard offset == source.count else { throw .trailing(offset: offset) }
  }

  private mutating func byte() throws(SCALEError) -> UInt8 {
    guard offset < source.count else { throw .truncated(offset: offset) }
    defer { offset += 1 }
    return source[offset]
  }

  /// Little-endian, with a byte that was read already in front.
  private mutating func word(_ first: UInt8?, bytes count: Int) throws(SCALEError) -> UInt128 {
    let rest = try bytes(count).reversed().reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
    return first.map { rest << 8 | UInt128($0) } ?? rest
  }
}
