/// Base58 text of bytes, in Bitcoin's alphabet, which leaves out 0, O, I and l.
///
/// Its cost grows with the square of the length: the caller bounds that first.
package enum Base58 {
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    var digits: [UInt8] = []  // Base 58, least significant first.
    for byte in bytes {
      var carry = Int(byte)
      for index in digits.indices {
        carry += Int(digits[index]) << 8
        digits[index] = UInt8(carry % 58)
        carry /= 58
      }
      while carry > 0 {
        digits.append(UInt8(carry % 58))
        carry /= 58
      }
    }
    let zeros = bytes.prefix { $0 == 0 }.count
    let letters =
      repeatElement(alphabet[0], count: zeros) + digits.reversed().map { alphabet[Int($0)] }
    return String(decoding: letters, as: UTF8.self)
  }

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
