internal import RPCTransport
internal import StrictJSON

/// The public keys of a token's issuer (RFC 7517), RS256 and ES256 alone.
public struct JSONWebKeySet: Sendable {
  struct Key: Sendable {
    let algorithm: JSONWebToken.Algorithm
    let key: SignatureKey
  }

  private let keys: [String: Key]

  /// - Throws: ``AuthorizationPolicyError`` with the place of the fault. Keys of other kinds are
  ///   passed over (RFC 7517 §5), but one at least must be of use.
  public init(parsing text: [UInt8]) throws(AuthorizationPolicyError) {
    let json: JSON
    do throws(JSONError) { json = try JSON(parsing: text) } catch {
      throw AuthorizationPolicyError("", "\(error)")
    }
    guard let entries = json["keys"]?.array else {
      throw AuthorizationPolicyError("keys", "must be a list of keys")
    }
    var keys: [String: Key] = [:]
    for (index, entry) in entries.enumerated() {
      guard let key = try Self.key(entry, "keys[\(index)]") else { continue }
      guard let kid = entry["kid"]?.string, !kid.isEmpty, keys[kid] == nil else {
        throw AuthorizationPolicyError(
          "keys[\(index)].kid", "must be there, and unlike the others'")
      }
      keys[kid] = key
    }
    guard !keys.isEmpty else {
      throw AuthorizationPolicyError("keys", "has no RS256 or ES256 key for signatures")
    }
    self.keys = keys
  }

  subscript(kid: String) -> Key? { keys[kid] }

  private static func key(
    _ entry: JSON, _ path: String
  ) throws(AuthorizationPolicyError) -> Key? {
    if let use = entry["use"], use.string != "sig" { return nil }
    guard let type = entry["kty"]?.string else {
      throw AuthorizationPolicyError("\(path).kty", "is required")
    }
    let algorithm: JSONWebToken.Algorithm
    let der: [UInt8]?
    switch type {
    case "RSA":
      algorithm = .rs256
      der = rsa(entry)
    case "EC":
      guard entry["crv"]?.string == "P-256" else { return nil }
      algorithm = .es256
      der = p256(entry)
    default: return nil
    }
    if let named = entry["alg"], named.string != algorithm.rawValue { return nil }
    guard let der, let key = SignatureKey(subjectPublicKeyInfo: der) else {
      throw AuthorizationPolicyError(
        path, "is no public key of 2048 to 8192 RSA bits, or on the curve P-256")
    }
    return Key(algorithm: algorithm, key: key)
  }

  private static func number(_ entry: JSON, _ name: String) -> [UInt8]? {
    entry[name]?.string.flatMap { Base64URL.decode($0.utf8) }
  }

  private static func rsa(_ entry: JSON) -> [UInt8]? {
    // A long exponent would make each check dear.
    guard let modulus = number(entry, "n"), let exponent = number(entry, "e"),
      (1...4).contains(exponent.count), exponent.last.map({ $0 & 1 == 1 }) == true,
      exponent != [1]
    else { return nil }
    let rsaEncryption: [UInt8] = [
      0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]
    return DER.sequence(
      DER.sequence(rsaEncryption),
      DER.bitString(DER.sequence(DER.integer(modulus), DER.integer(exponent))))
  }

  private static func p256(_ entry: JSON) -> [UInt8]? {
    guard let x = number(entry, "x"), let y = number(entry, "y"), x.count == 32, y.count == 32
    else { return nil }
    let ecPublicKeyOnP256: [UInt8] = [
      0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
      0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07,
    ]
    return DER.sequence(DER.sequence(ecPublicKeyOnP256), DER.bitString([4] + x + y))
  }
}
