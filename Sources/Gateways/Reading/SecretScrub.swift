/// Takes secrets out of texts that others wrote and that end in logs.
enum SecretScrub {
  /// A message is cut after this many characters.
  static let charactersMax = 500

  /// The text without API keys, webhook secrets and client secrets.
  static func text(_ text: String) -> String {
    var result = ""
    var word = ""
    for character in text.prefix(charactersMax) {
      if isOfWord(character) {
        word.append(character)
      } else {
        result += shown(word)
        result.append(character)
        word = ""
      }
    }
    return result + shown(word)
  }

  private static func shown(_ word: String) -> String {
    let isSecret =
      ["sk_", "rk_", "whsec_", "ek_"].contains { word.hasPrefix($0) } || isClientSecret(word)
    return isSecret ? "(secret)" : word
  }

  /// By bytes: the standard library's search for a text in a text has a megabyte of pattern matching
  /// linked in behind it.
  private static func isClientSecret(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: "_secret_".utf8) }
  }

  private static func isOfWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_" || character == "*"
  }
}
