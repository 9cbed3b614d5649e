/// SplitMix64: the same numbers for the same seed, so that a failing case can be run again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  /// A number up to a bound whose count of digits is as likely as any other.
  mutating func spread(upTo bound: Int64) -> Int64 {
    let bits = Int.random(in: 1...(64 - bound.leadingZeroBitCount), using: &self)
    let top = bits >= 63 ? Int64.max : (1 << Int64(bits)) - 1
    return Int64.random(in: 1...min(top, bound), using: &self)
  }
}
