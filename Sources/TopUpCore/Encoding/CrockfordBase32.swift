/// Base32 in Crockford's alphabet, lower case: no i, l, o or u, so that ids read aloud survive.
package enum CrockfordBase32 {
  /// - Parameter bytes: a multiple of five, so that the text needs no padding.
  package static func text(_ bytes: [UInt8]) -> String {
    precondition(bytes.count.isMultiple(of: 5), "five bytes make eight letters")
    var letters: [UInt8] = []
    letters.reserveCapacity(bytes.count / 5 * 8)
    for group in stride(from: 0, to: bytes.count, by: 5) {
      let word = bytes[group..<group + 5].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      for shift in stride(from: 35, through: 0, by: -5) {
        letters.append(alphabet[Int(word >> UInt64(shift) & 31)])
      }
    }
    return String(decoding: letters, as: UTF8.self)
  }

  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}
