internal import StrictJSON

/// A signed token (RFC 7519, compact form of RFC 7515), taken apart and not yet believed.
struct JSONWebToken: Sendable, Hashable {
  /// The signatures that are taken; `none` and every shared-secret form are not among them.
  enum Algorithm: String, Sendable, Hashable {
    case rs256 = "RS256"
    case es256 = "ES256"
  }

  static let bytesMax = 8_192

  let algorithm: Algorithm
  let keyID: String
  /// What is signed: header and claims as they came.
  let signed: [UInt8]
  /// As ``SignatureKey`` takes it.
  let signature: [UInt8]
  let issuer: String
  let audiences: [String]
  let subject: String
  /// Seconds since 1970.
  let expires: Int64
  let notBefore: Int64?
  let issuedAt: Int64?

  /// - Throws: ``CredentialRefusal/malformed``, or `untrusted` for another algorithm.
  init(parsing text: String) throws(CredentialRefusal) {
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.bytesMax else { throw .malformed }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
      let raw = Base64URL.decode(parts[2])
    else { throw .malformed }
    guard let name = header["alg"]?.string, let algorithm = Algorithm(rawValue: name) else {
      throw .untrusted
    }
    // RFC 7515 §4.1.11: what must be understood and is not ends it; and no token of another kind.
    guard header["crit"] == nil, header["typ"].map({ $0.string == "JWT" }) ?? true else {
      throw .untrusted
    }
    guard let kid = header["kid"]?.string, let issuer = claims["iss"]?.string,
      let subject = claims["sub"]?.string, let expires = claims["exp"]?.int64,
      let audiences = Self.audiences(claims["aud"])
    else { throw .malformed }
    self.algorithm = algorithm
    keyID = kid
    signed = Array(bytes[..<(parts[0].count + 1 + parts[1].count)])
    signature = try Self.signature(raw, algorithm)
    self.issuer = issuer
    self.audiences = audiences
    self.subject = subject
    self.expires = expires
    notBefore = try Self.moment(claims, "nbf")
    issuedAt = try Self.moment(claims, "iat")
  }

  private static func object(_ part: ArraySlice<UInt8>) -> JSON? {
    guard let bytes = Base64URL.decode(part) else { return nil }
    guard let json = try? JSON(parsing: bytes), case .object = json else { return nil }
    return json
  }

  private static func moment(
    _ claims: JSON, _ name: String
  ) throws(CredentialRefusal) -> Int64? {
    guard let claim = claims.object?[name] else { return nil }
    guard let moment = claim.int64 else { throw .malformed }
    return moment
  }

  private static func audiences(_ claim: JSON?) -> [String]? {
    switch claim {
    case .string(let one): return [one]
    case .array(let several):
      let names = several.compactMap(\.string)
      return names.count == several.count && !names.isEmpty ? names : nil
    case nil, .null, .bool, .number, .object: return nil
    }
  }

  /// ES256 carries r and s, 32 bytes each, where OpenSSL wants DER (RFC 7518 §3.4).
  private static func signature(
    _ raw: [UInt8], _ algorithm: Algorithm
  ) throws(CredentialRefusal) -> [UInt8] {
    switch algorithm {
    case .rs256: return raw
    case .es256:
      guard raw.count == 64 else { throw .malformed }
      return DER.sequence(DER.integer(raw[..<32]), DER.integer(raw[32...]))
    }
  }
}
