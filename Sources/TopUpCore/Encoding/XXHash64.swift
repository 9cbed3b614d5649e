/// The hash xxHash64, which Substrate names its storage by. Not cryptographic.
///
/// - Source: xxHash fast digest algorithm, specification 0.1.1, "XXH64 algorithm".
package enum XXHash64 {
  package static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    var offset = 0
    var sum: UInt64
    if bytes.count >= 32 {
      var lanes: InlineArray<4, UInt64> = [
        seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1,
      ]
      while bytes.count - offset >= 32 {
        for lane in 0..<4 {
          lanes[lane] = round(lanes[lane], word(bytes, at: offset, bytes: 8))
          offset += 8
        }
      }
      sum =
        rotated(lanes[0], 1) &+ rotated(lanes[1], 7) &+ rotated(lanes[2], 12)
        &+ rotated(lanes[3], 18)
      for lane in 0..<4 { sum = (sum ^ round(0, lanes[lane])) &* prime1 &+ prime4 }
    } else {
      sum = seed &+ prime5
    }
    sum &+= UInt64(bytes.count)
    while bytes.count - offset >= 8 {
      sum ^= round(0, word(bytes, at: offset, bytes: 8))
      sum = rotated(sum, 27) &* prime1 &+ prime4
      offset += 8
    }
    if bytes.count - offset >= 4 {
      sum ^= word(bytes, at: offset, bytes: 4) &* prime1
      sum = rotated(sum, 23) &* prime2 &+ prime3
      offset += 4
    }
    for byte in bytes[offset...] {
      sum = rotated(sum ^ UInt64(byte) &* prime5, 11) &* prime1
    }
    return avalanche(sum)
  }

  /// Substrate's `twox_128`: the hashes with seed 0 and seed 1, each little-endian.
  package static func twox128(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [0 as UInt64, 1].flatMap { seed in
      let sum = hash(bytes, seed: seed)
      return (0..<8).map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) }
    }
  }

  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotated(lane &+ input &* prime2, 31) &* prime1
  }

  private static func avalanche(_ sum: UInt64) -> UInt64 {
    var sum = (sum ^ sum >> 33) &* prime2
    sum = (sum ^ sum >> 29) &* prime3
    return sum ^ sum >> 32
  }

  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 - bits)
  }

  private static func word(_ source: [UInt8], at offset: Int, bytes: Int) -> UInt64 {
    source[offset..<offset + bytes].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5
}
