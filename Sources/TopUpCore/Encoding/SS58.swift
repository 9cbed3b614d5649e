/// The text form of an account: Base58 of `prefix ‖ 32 bytes ‖ checksum`.
///
/// The checksum is the first two bytes of BLAKE2b-512 over `SS58PRE ‖ prefix ‖ 32 bytes`. The
/// prefix names a network, not the account: texts of two networks may be one account.
/// - Source: Substrate documentation, "SS58 address format".
package enum SS58 {
  /// Cere, its test networks included.
  package static let cerePrefix: UInt16 = 54
  /// Networks that registered no prefix; tools print it where none was chosen.
  package static let genericPrefix: UInt16 = 42

  /// Which networks' texts are taken.
  package enum Networks: Hashable, Sendable {
    case cere
    case cereAndGeneric
    /// For tools that only show what a text says.
    case every

    package func contains(_ prefix: UInt16) -> Bool {
      switch self {
      case .cere: prefix == cerePrefix
      case .cereAndGeneric: prefix == cerePrefix || prefix == genericPrefix
      case .every: true
      }
    }
  }

  /// What a text says: an account, and the network it was written for.
  package struct Address: Hashable, Sendable {
    package let prefix: UInt16
    package let account: AccountID32
  }

  /// Longer texts are not looked at. The longest that is well formed has 50 characters.
  private static let charactersMax = 64
  private static let prefixMax: UInt16 = 16_383  // Two bytes hold 14 bits of it.
  private static let accountBytes = 32
  private static let checksumBytes = 2

  /// - Precondition: the prefix is at most 16,383.
  package static func text(_ account: AccountID32, prefix: UInt16 = cerePrefix) -> String {
    precondition(prefix <= prefixMax, "an SS58 prefix has 14 bits")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 + accountBytes + checksumBytes)
    bytes += prefixBytes(prefix)
    bytes += account.bytes
    let checksum = checksum(of: bytes)
    bytes.append(checksum.0)
    bytes.append(checksum.1)
    return Base58.text(bytes)
  }

  /// Reads a text, checking length, alphabet, decoded length, prefix and checksum, in this order.
  ///
  /// - Throws: ``SS58Error``, the first check that fails.
  package static func address(
    _ text: some StringProtocol, accepting networks: Networks
  ) throws(SS58Error) -> Address {
    guard !text.isEmpty else { throw .empty }
    guard text.utf8.count <= charactersMax else { throw .tooLong(charactersMax: charactersMax) }
    let bytes: [UInt8]
    do throws(Base58Error) {
      bytes = try Base58.bytes(text)
    } catch {
      throw .notInAlphabet(error.character, position: error.position)
    }
    let prefixLength = bytes[0] < 64 ? 1 : 2
    guard bytes.count == prefixLength + accountBytes + checksumBytes else {
      throw .wrongLength(bytes: bytes.count)
    }
    let prefix = try prefix(of: bytes)
    guard networks.contains(prefix) else {
      throw .wrongNetwork(prefix: prefix, accepted: networks)
    }
    let body = bytes.dropLast(checksumBytes)
    guard checksum(of: Array(body)) == (bytes[body.endIndex], bytes[body.endIndex + 1]),
      let account = AccountID32(body.dropFirst(prefixLength))
    else { throw .wrongChecksum }
    return Address(prefix: prefix, account: account)
  }

  private static func prefix(of bytes: [UInt8]) throws(SS58Error) -> UInt16 {
    let first = UInt16(bytes[0])
    guard first >= 64 else {
      // 46 and 47 are kept back for forms that never came (Substrate's SS58 registry).
      guard first != 46, first != 47 else { throw .badPrefix }
      return first
    }
    let second = UInt16(bytes[1])
    let prefix = (first & 0x3F) << 2 | second >> 6 | (second & 0x3F) << 8
    // From 128 up the first byte is reserved; a prefix below 64 has a form of one byte.
    guard first < 128, prefix >= 64 else { throw .badPrefix }
    return prefix
  }

  private static func prefixBytes(_ prefix: UInt16) -> [UInt8] {
    guard prefix >= 64 else { return [UInt8(prefix)] }
    return [
      UInt8(truncatingIfNeeded: (prefix & 0xFC) >> 2 | 0x40),
      UInt8(truncatingIfNeeded: prefix >> 8 | (prefix & 3) << 6),
    ]
  }

  private static let checksumPreamble = Array("SS58PRE".utf8)

  private static func checksum(of body: [UInt8]) -> (UInt8, UInt8) {
    var hash = BLAKE2b(digestBytes: 64)
    hash.update(checksumPreamble)
    hash.update(body)
    let word = hash.firstWord()
    return (UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8))
  }
}
