/// The hash BLAKE2b of RFC 7693, with a digest of 1 to 64 bytes and an optional key.
///
/// The digest's length goes into the state: BLAKE2b-256 is no shortened BLAKE2b-512. All state lies
/// inline, so neither a block nor a whole message allocates; only the returned digest does.
package struct BLAKE2b: Sendable {
  package static let digestBytesMax = 64  // RFC 7693 §2.1
  package static let keyBytesMax = 64  // RFC 7693 §2.1
  private static let blockBytes = 128

  private let digestBytes: Int
  private var state: InlineArray<8, UInt64>
  /// The message's bytes as they came.
  private var block = InlineArray<16, UInt64>(repeating: 0)
  /// Bytes of `block` that are filled. A full block waits until more follows: the last is special.
  private var filled = 0
  /// Bytes hashed so far, the key's block included.
  private var counter: UInt128 = 0

  /// - Parameters:
  ///   - digestBytes: 1 to 64.
  ///   - key: up to 64 bytes; empty for the plain hash.
  /// - Precondition: both lie within their bounds.
  package init(digestBytes: Int, key: [UInt8] = []) {
    precondition((1...Self.digestBytesMax).contains(digestBytes), "a digest has 1 to 64 bytes")
    precondition(key.count <= Self.keyBytesMax, "a key has at most 64 bytes")
    self.digestBytes = digestBytes
    state = Self.initial
    // The parameter block of RFC 7693 §2.5: fan-out 1, depth 1, key length, digest length.
    state[0] ^= 0x0101_0000 ^ UInt64(key.count) << 8 ^ UInt64(digestBytes)
    if !key.isEmpty {
      update(key)
      filled = Self.blockBytes
    }
  }

  /// The whole of a message at once.
  package static func digest(of message: [UInt8], bytes: Int, key: [UInt8] = []) -> [UInt8] {
    var hash = BLAKE2b(digestBytes: bytes, key: key)
    hash.update(message)
    return hash.finish()
  }

  package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  /// Takes more of the message; how it is cut into parts does not matter.
  package mutating func update(_ bytes: Span<UInt8>) { update(bytes.bytes) }

  package mutating func update(_ bytes: RawSpan) {
    var taken = 0
    while taken < bytes.byteCount {
      if filled == Self.blockBytes { compress(isLast: false) }
      let count = min(Self.blockBytes - filled, bytes.byteCount - taken)
      let part = bytes.extracting(taken..<taken + count)
      unsafe withUnsafeMutableBytes(of: &block) { block in
        unsafe part.withUnsafeBytes { part in
          unsafe UnsafeMutableRawBufferPointer(rebasing: block[filled...]).copyMemory(from: part)
        }
      }
      taken += count
      filled += count
    }
  }

  /// The digest of all that was taken; this value may go on taking more.
  package func finish() -> [UInt8] {
    var last = self
    last.compress(isLast: true)
    return [UInt8](capacity: digestBytes) { digest in
      for index in 0..<digestBytes {
        digest.append(UInt8(truncatingIfNeeded: last.state[index >> 3] >> ((index & 7) << 3)))
      }
    }
  }

  /// The first bytes of the digest of all that was taken, the first the lowest: for a checksum of a
  /// few of them, which needs no array.
  package func firstWord() -> UInt64 {
    var last = self
    last.compress(isLast: true)
    return last.state[0]
  }

  /// The function F of RFC 7693 §3.2 over the waiting block, which is empty afterwards.
  private mutating func compress(isLast: Bool) {
    counter += UInt128(filled)
    var work = InlineArray<16, UInt64> { $0 < 8 ? state[$0] : Self.initial[$0 - 8] }
    work[12] ^= UInt64(truncatingIfNeeded: counter)
    work[13] ^= UInt64(truncatingIfNeeded: counter >> 64)
    if isLast { work[14] = ~work[14] }
    // The message word schedule SIGMA of RFC 7693 §2.7, a row a round.
    mixAll(&work, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    mixAll(&work, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)
    mixAll(&work, 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4)
    mixAll(&work, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8)
    mixAll(&work, 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13)
    mixAll(&work, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9)
    mixAll(&work, 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11)
    mixAll(&work, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10)
    mixAll(&work, 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5)
    mixAll(&work, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0)
    mixAll(&work, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    mixAll(&work, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)
    for index in 0..<8 { state[index] ^= work[index] ^ work[index + 8] }
    block = InlineArray(repeating: 0)
    filled = 0
  }

  /// One round over columns and diagonals, fed with the words of the message in the order given.
  ///
  /// Called with literals alone: every index is known where this is compiled, so that none is
  /// checked and the work stays in registers (a third of the instructions of a loop over a table).
  @inline(__always)
  private func mixAll(
    _ v: inout InlineArray<16, UInt64>, _ m0: Int, _ m1: Int, _ m2: Int, _ m3: Int, _ m4: Int,
    _ m5: Int, _ m6: Int, _ m7: Int, _ m8: Int, _ m9: Int, _ m10: Int, _ m11: Int, _ m12: Int,
    _ m13: Int, _ m14: Int, _ m15: Int
  ) {
    mix(&v, 0, 4, 8, 12, word(m0), word(m1))
    mix(&v, 1, 5, 9, 13, word(m2), word(m3))
    mix(&v, 2, 6, 10, 14, word(m4), word(m5))
    mix(&v, 3, 7, 11, 15, word(m6), word(m7))
    mix(&v, 0, 5, 10, 15, word(m8), word(m9))
    mix(&v, 1, 6, 11, 12, word(m10), word(m11))
    mix(&v, 2, 7, 8, 13, word(m12), word(m13))
    mix(&v, 3, 4, 9, 14, word(m14), word(m15))
  }

  @inline(__always)
  private func word(_ index: Int) -> UInt64 { UInt64(littleEndian: block[index]) }

  /// The function G of RFC 7693 §3.1.
  @inline(__always)
  private func mix(
    _ v: inout InlineArray<16, UInt64>, _ a: Int, _ b: Int, _ c: Int, _ d: Int, _ x: UInt64,
    _ y: UInt64
  ) {
    v[a] = v[a] &+ v[b] &+ x
    v[d] = Self.rotatedRight(v[d] ^ v[a], by: 32)
    v[c] = v[c] &+ v[d]
    v[b] = Self.rotatedRight(v[b] ^ v[c], by: 24)
    v[a] = v[a] &+ v[b] &+ y
    v[d] = Self.rotatedRight(v[d] ^ v[a], by: 16)
    v[c] = v[c] &+ v[d]
    v[b] = Self.rotatedRight(v[b] ^ v[c], by: 63)
  }

  @inline(__always)
  private static func rotatedRight(_ word: UInt64, by bits: UInt64) -> UInt64 {
    word &>> bits | word &<< (64 - bits)
  }

  /// The initialisation vector of RFC 7693 §2.6.
  private static let initial: InlineArray<8, UInt64> = [
    0x6A09_E667_F3BC_C908, 0xBB67_AE85_84CA_A73B, 0x3C6E_F372_FE94_F82B, 0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1, 0x9B05_688C_2B3E_6C1F, 0x1F83_D9AB_FB41_BD6B, 0x5BE0_CD19_137E_2179,
  ]
}
