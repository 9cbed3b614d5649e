/// Why a text names no account of this service. The description is for the person who sent it.
package enum SS58Error: Error, Hashable, Sendable {
  case empty
  case tooLong(charactersMax: Int)
  case notInAlphabet(Character, position: Int)
  /// What the text decodes to has another length than prefix, account and checksum.
  case wrongLength(bytes: Int)
  /// The bytes in the prefix's place are no prefix.
  case badPrefix
  case wrongNetwork(prefix: UInt16, accepted: SS58.Networks)
  case wrongChecksum
  /// It begins with `0x`, but 64 hexadecimal digits do not follow.
  case badHex
}

extension SS58Error: CustomStringConvertible {
  package var description: String {
    switch self {
    case .empty:
      "the account is empty"
    case .tooLong(let charactersMax):
      "the account has more than \(charactersMax) characters; an address of Cere has 48"
    case .notInAlphabet(let character, let position):
      "character \(position) (\(Self.shown(character))) cannot stand in an address, "
        + "which has letters and digits but never 0, O, I or l"
    case .wrongLength(let bytes):
      "the address decodes to \(bytes) bytes, not to the 35 of an account of Cere; "
        + "characters are missing or too many"
    case .badPrefix:
      "the address starts with no valid network prefix; check its first characters"
    case .wrongNetwork(let prefix, let accepted):
      "wrong network: prefix \(prefix)\(Self.name(ofNetwork: prefix)); "
        + "this service takes \(Self.text(accepted))"
    case .wrongChecksum:
      "the checksum does not match: a character is mistyped; copy the address again"
    case .badHex:
      "after 0x an account has exactly 64 hexadecimal digits"
    }
  }

  /// Never echoes what a terminal might act on.
  private static func shown(_ character: Character) -> String {
    guard let ascii = character.asciiValue, (0x21...0x7E).contains(ascii) else {
      return character == " " ? "a blank" : "not an ASCII letter or digit"
    }
    return String(character)
  }

  private static func text(_ networks: SS58.Networks) -> String {
    switch networks {
    case .cere: "prefix 54 (Cere)"
    case .cereAndGeneric: "prefixes 54 (Cere) and 42 (generic Substrate)"
    case .every: "every prefix"
    }
  }

  private static func name(ofNetwork prefix: UInt16) -> String {
    switch prefix {
    case 0: " (Polkadot)"
    case 2: " (Kusama)"
    case SS58.genericPrefix: " (generic Substrate)"
    case SS58.cerePrefix: " (Cere)"
    default: ""
    }
  }
}
