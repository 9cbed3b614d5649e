import RPCCore
import RPCServer

/// Who calls and what they may: policy files, tokens, certificates' names.
enum IdentityFuzz {
  static func policy(_ bytes: [UInt8]) {
    guard let policy = try? AuthorizationPolicy(parsing: bytes) else { return }
    for principal in [nil, "", "spiffe://cere/console"] {
      let decision = policy.decide(
        principal: principal, service: "topup.v1.TopUp", method: "CreateTopUp",
        metadata: Metadata())
      _ = policy.audits(decision)
    }
  }

  /// No key is known, so nothing may ever be believed.
  static func token(_ bytes: [UInt8]) {
    guard let keys = try? JSONWebKeySet(parsing: Array(Self.keys.utf8)) else {
      return expect(false, "the key set is in order")
    }
    let verifier = TokenVerifier(
      issuer: "https://cluster.example", audience: "topupd", keys: keys, now: { 1_800_000_000 })
    let isBelieved = (try? verifier.subject(of: String(decoding: bytes, as: UTF8.self))) != nil
    expect(!isBelieved, "nobody without the key is believed")
    _ = try? JSONWebKeySet(parsing: bytes)
  }

  /// A key whose other half was never kept.
  private static let keys = """
    {"keys":[{"kty":"EC","kid":"e","crv":"P-256","alg":"ES256","use":"sig",\
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",\
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
    """

  static func spiffe(_ bytes: [UInt8]) {
    guard let id = try? SPIFFEID(bytes) else { return }
    expect(Array(id.description.utf8) == bytes, "one spelling for one name")
  }
}
