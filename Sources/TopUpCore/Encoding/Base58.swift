/// Base58 text of bytes, in Bitcoin's alphabet, which leaves out 0, O, I and l.
///
/// Its cost grows with the square of the length: the caller bounds that first.
package enum Base58 {
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    // Four bytes at a time over five digits: an address is written with each answer that names an
    // account.
    var words = words(of: bytes)
    var letters: [UInt8] = []  // The last first.
    letters.reserveCapacity(words.count * 6 + bytes.count)
    var first = 0
    while first < words.count {
      var rest: UInt64 = 0
      for index in first..<words.count {
        rest = rest << 32 | UInt64(words[index])
        words[index] = UInt32(truncatingIfNeeded: rest / group)
        rest %= group
      }
      for _ in 0..<groupDigits {
        letters.append(alphabet[Int(rest % 58)])
        rest /= 58
      }
      if words[first] == 0 { first += 1 }
    }
    while letters.last == alphabet[0] { letters.removeLast() }
    letters.append(contentsOf: repeatElement(alphabet[0], count: bytes.prefix { $0 == 0 }.count))
    letters.reverse()
    return String(decoding: letters, as: UTF8.self)
  }

  /// The number that bytes write, the most significant first.
  private static func words(of bytes: some Collection<UInt8>) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(bytes.count / 4 + 1)
    var (word, missing) = (UInt32(0), (4 - bytes.count % 4) % 4)
    for byte in bytes {
      word = word << 8 | UInt32(byte)
      missing += 1
      if missing == 4 {
        words.append(word)
        (word, missing) = (0, 0)
      }
    }
    return words
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
