/// A BLAKE2b digest over a list of parts that no other list has.
///
/// Each part goes in behind its length, so that `("ab", "c")` is not `("a", "bc")`; the tag in
/// front keeps digests of two purposes apart.
package struct PartsDigest: Sendable {
  private var hash: BLAKE2b

  /// - Parameters:
  ///   - tag: what the digest is for; it never changes once digests are stored.
  ///   - digestBytes: 1 to 64.
  package init(tag: StaticString, digestBytes: Int) {
    hash = BLAKE2b(digestBytes: digestBytes)
    append(Array("\(tag)".utf8))
  }

  package mutating func append(_ part: [UInt8]) {
    hash.update(UInt64(part.count).bigEndianBytes)
    hash.update(part)
  }

  /// A part of eight bytes, most significant first.
  package mutating func append(_ part: Int64) {
    append(UInt64(bitPattern: part).bigEndianBytes)
  }

  package func finish() -> [UInt8] { hash.finish() }
}

extension UInt64 {
  var bigEndianBytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: self >> ((7 - $0) * 8)) }
  }
}
