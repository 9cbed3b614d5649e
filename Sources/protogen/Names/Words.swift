/// Takes proto names apart and puts Swift names together.
enum Words {
  /// Words that keep one case, as the Swift API guidelines ask; in lower case.
  static let acronyms: Set<String> = [
    "api", "ddc", "html", "http", "https", "id", "io", "ip", "iso", "json", "rpc", "sdk", "sha",
    "sql", "ss58", "tls", "ui", "uri", "url", "usd", "utc", "uuid", "xml",
  ]

  /// `rpc_url` as `rpcURL`.
  static func lowerCamel(snake name: String) -> String {
    join(name.split(separator: "_").map { $0.lowercased() })
  }

  /// `message_request` as `MessageRequest`.
  static func upperCamel(snake name: String) -> String {
    name.split(separator: "_").map { capitalised($0.lowercased()) }.joined()
  }

  /// `GetRpcUrl` as `getRPCURL`.
  static func lowerCamel(camel name: String) -> String { join(camelWords(name)) }

  /// `DdcAccount` as `DDCAccount`.
  static func upperCamel(camel name: String) -> String {
    camelWords(name).map(capitalised).joined()
  }

  /// `TopUpState` as `TOP_UP_STATE`, the prefix of its values.
  static func upperSnake(camel name: String) -> String {
    camelWords(name).map { $0.uppercased() }.joined(separator: "_")
  }

  private static func join(_ words: [String]) -> String {
    guard let first = words.first else { return "" }
    return first.lowercased() + words.dropFirst().map(capitalised).joined()
  }

  private static func capitalised(_ word: String) -> String {
    let lower = word.lowercased()
    if acronyms.contains(lower) { return lower.uppercased() }
    if lower.hasSuffix("s"), acronyms.contains(String(lower.dropLast())) {
      return lower.dropLast().uppercased() + "s"
    }
    return word.prefix(1).uppercased() + word.dropFirst()
  }

  /// The words of a name: each begins with a capital behind a small letter or digit, or with the
  /// last capital of several (`HTTPServer`: `HTTP`, `Server`).
  static func camelWords(_ name: String) -> [String] {
    let letters = Array(name)
    var words: [String] = []
    for (index, letter) in letters.enumerated() {
      let previous = index > 0 ? letters[index - 1] : nil
      let next = index + 1 < letters.count ? letters[index + 1] : nil
      let begins: Bool
      if let previous {
        begins =
          letter.isUppercase && (!previous.isUppercase || (next?.isLowercase ?? false))
      } else {
        begins = true
      }
      if begins { words.append(String(letter)) } else { words[words.count - 1].append(letter) }
    }
    return words
  }
}
