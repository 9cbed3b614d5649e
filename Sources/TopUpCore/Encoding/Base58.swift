/// Base58 text of bytes, in Bitcoin's alphabet, which leaves out 0, O, I and l.
///
/// Its cost grows with the square of the length: the caller bounds that first.
package enum Base58 {
  package static func text(_ bytes: [UInt8]) -> String {
    // Four bytes at a time over five digits, in memory of the stack alone: an address is written
    // with each answer that names an account.
    let zeros = bytes.prefix { $0 == 0 }.count
    let wordCount = (bytes.count + 3) / 4
    let capacity = bytes.count + wordCount * (groupDigits + 1)
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: wordCount) { words in
      unsafe fill(words, with: bytes)
      return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { letters in
        var start = unsafe writeDigits(of: words, to: letters)
        while start < capacity, unsafe letters[start] == alphabet[0] { start += 1 }
        for _ in 0..<zeros {
          start -= 1
          unsafe letters[start] = alphabet[0]
        }
        return unsafe String(
          decoding: UnsafeBufferPointer(rebasing: letters[start..<capacity]), as: UTF8.self)
      }
    }
  }

  /// The number that bytes write, the most significant first.
  private static func fill(_ words: UnsafeMutableBufferPointer<UInt32>, with bytes: [UInt8]) {
    var (word, place, missing) = (UInt32(0), 0, (4 - bytes.count % 4) % 4)
    for byte in bytes {
      word = word << 8 | UInt32(byte)
      missing += 1
      if missing == 4 {
        unsafe words[place] = word
        (word, missing) = (0, 0)
        place += 1
      }
    }
  }

  /// Divides a number up into its digits, the last of them at the end of `letters`.
  ///
  /// - Returns: where the first of them stands.
  private static func writeDigits(
    of words: UnsafeMutableBufferPointer<UInt32>, to letters: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    let alphabet = alphabet
    var start = letters.count
    var first = 0
    while first < words.count {
      var rest: UInt64 = 0
      for index in first..<words.count {
        rest = unsafe rest << 32 | UInt64(words[index])
        unsafe words[index] = UInt32(truncatingIfNeeded: rest / group)
        rest %= group
      }
      for _ in 0..<groupDigits {
        start -= 1
        unsafe letters[start] = alphabet[Int(rest % 58)]
        rest /= 58
      }
      if unsafe words[first] == 0 { first += 1 }
    }
    return start
  }

  private static let groupDigits = 5
  private static let group: UInt64 = 656_356_768  // 58^5.

  /// - Throws: ``Base58Error`` with the first character that is not in the alphabet.
  package static func bytes(_ text: some StringProtocol) throws(Base58Error) -> [UInt8] {
    let digits = digits
    var words: [UInt32] = []  // The least significant first.
    var zeros = 0
    var isAtStart = true
    for letter in text.utf8 {
      let digit = letter < 0x80 ? digits[Int(letter)] : notADigit
      guard digit != notADigit else { throw fault(in: text) }
      isAtStart = isAtStart && digit == 0
      if isAtStart { zeros += 1 }
      var carry = UInt64(digit)
      for index in words.indices {
        carry += UInt64(words[index]) * 58
        words[index] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      if carry > 0 { words.append(UInt32(truncatingIfNeeded: carry)) }
    }
    var bytes = [UInt8](repeating: 0, count: zeros)
    bytes.reserveCapacity(zeros + words.count * 4)
    for word in words.reversed() {
      for shift in stride(from: UInt32(24), through: 0, by: -8) {
        let byte = UInt8(truncatingIfNeeded: word >> shift)
        // The number itself begins with none.
        if byte != 0 || bytes.count > zeros { bytes.append(byte) }
      }
    }
    return bytes
  }

  /// - Precondition: there is one.
  private static func fault(in text: some StringProtocol) -> Base58Error {
    for (index, character) in text.enumerated() {
      guard let ascii = character.asciiValue, character.utf8.count == 1,
        digits[Int(ascii)] != notADigit
      else { return Base58Error(character: character, position: index + 1) }
    }
    preconditionFailure("\(text) has no fault")
  }

  private static let alphabet = Array(
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
  private static let notADigit: UInt8 = 0xFF
  /// What each ASCII character stands for.
  private static let digits: [UInt8] = {
    var digits = [UInt8](repeating: notADigit, count: 0x80)
    for (digit, letter) in alphabet.enumerated() { digits[Int(letter)] = UInt8(digit) }
    return digits
  }()
}
