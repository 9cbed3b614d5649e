/// Base58 text of bytes, in Bitcoin's alphabet, which leaves out 0, O, I and l.
///
/// Its cost grows with the square of the length: the caller bounds that first.
package enum Base58 {
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    // Five digits at a time: an address is written with each answer that names an account.
    var groups: [UInt64] = []  // Base 58^5, least significant first.
    for byte in bytes {
      var carry = UInt64(byte)
      for index in groups.indices {
        carry += groups[index] << 8
        groups[index] = carry % group
        carry /= group
      }
      if carry > 0 { groups.append(carry) }
    }
    var letters: [UInt8] = []  // The last first.
    letters.reserveCapacity(groups.count * groupDigits + bytes.count)
    for var rest in groups {
      for _ in 0..<groupDigits {
        letters.append(alphabet[Int(rest % 58)])
        rest /= 58
      }
    }
    while letters.last == alphabet[0] { letters.removeLast() }
    letters.append(contentsOf: repeatElement(alphabet[0], count: bytes.prefix { $0 == 0 }.count))
    return String(decoding: letters.reversed(), as: UTF8.self)
  }

  private static let groupDigits = 5
  private static let group: UInt64 = 656_356_768  // 58^5.

  /// - Throws: ``Base58Error`` with the first character that is not in the alphabet.
  package static func bytes(_ text: some StringProtocol) throws(Base58Error) -> [UInt8] {
    var bytes: [UInt8] = []  // Base 256, least significant first.
    var zeros = 0
    for (index, character) in text.enumerated() {
      guard let ascii = character.asciiValue, let digit = alphabet.firstIndex(of: ascii) else {
        throw Base58Error(character: character, position: index + 1)
      }
      if digit == 0, zeros == index { zeros += 1 }
      var carry = digit
      for index in bytes.indices {
        carry += Int(bytes[index]) * 58
        bytes[index] = UInt8(carry & 0xFF)
        carry >>= 8
      }
      while carry > 0 {
        bytes.append(UInt8(carry & 0xFF))
        carry >>= 8
      }
    }
    return Array(repeating: 0, count: zeros) + bytes.reversed()
  }

  private static let alphabet = Array(
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
}
