import Glibc
import RPCServer
import StrictJSON
import Synchronization
import Testing

@Suite struct `Service-account tokens` {
  /// Tokens that OpenSSL's command line signed with keys that were thrown away, and what is to
  /// become of each.
  struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let outcome: String
    let token: String
    var testDescription: String { name }
  }

  private static let file: JSON = {
    let path = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast()
    guard let stream = fopen(path.joined(separator: "/") + "/tokens.json", "r") else {
      return .null
    }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, stream)
    return (try? JSON(parsing: bytes[..<count])) ?? .null
  }()

  static let vectors: [Vector] = (file["tokens"]?.array ?? []).map { entry in
    Vector(
      name: entry["name"]?.string ?? "", outcome: entry["outcome"]?.string ?? "",
      token: entry["token"]?.string ?? "")
  }

  private static func verifier(
    now: @escaping @Sendable () -> Int64 = { 1_800_000_000 }
  ) throws -> TokenVerifier {
    TokenVerifier(
      issuer: "https://cluster.example", audience: "topupd",
      keys: try JSONWebKeySet(parsing: try #require(file["jwks"]).utf8), now: now)
  }

  private static func outcome(_ verifier: TokenVerifier, _ token: String) -> String {
    do throws(CredentialRefusal) {
      let subject = try verifier.subject(of: token)
      return subject == "system:serviceaccount:shop:web" ? "ok" : subject
    } catch { return "\(error)" }
  }

  @Test func `there are vectors`() { #expect(Self.vectors.count > 40) }

  @Test(arguments: vectors)
  func `a token is believed or refused for its class`(vector: Vector) throws {
    let verifier = try Self.verifier()
    #expect(Self.outcome(verifier, vector.token) == vector.outcome)
    // The same the second time, when those that were believed are remembered.
    #expect(Self.outcome(verifier, vector.token) == vector.outcome)
  }

  @Test func `a token that is too large is refused unread`() throws {
    #expect(Self.outcome(try Self.verifier(), String(repeating: "a", count: 8_193)) == "malformed")
  }

  @Test func `a token that was believed is not believed past its end`() throws {
    let clock = Clock()
    let good = try #require(Self.vectors.first { $0.name == "rs256" }).token
    let verifier = try Self.verifier(now: { clock.now.withLock { $0 } })
    #expect(Self.outcome(verifier, good) == "ok")
    clock.now.withLock { $0 += 3_600 + 60 }
    #expect(Self.outcome(verifier, good) == "expired")
  }

  @Test func `keys that are replaced believe nothing any more`() throws {
    let good = try #require(Self.vectors.first { $0.name == "rs256" }).token
    let verifier = try Self.verifier()
    #expect(Self.outcome(verifier, good) == "ok")
    var jwks = try #require(Self.file["jwks"]?["keys"]?.array)
    jwks.removeFirst()
    verifier.replace(keys: try JSONWebKeySet(parsing: (["keys": .array(jwks)] as JSON).utf8))
    #expect(Self.outcome(verifier, good) == "untrusted")
  }

  @Test(arguments: [
    (#"[{"kty":"EC","kid":"e",K},{"kty":"EC","kid":"e",K}]"#, "keys[1].kid: must be there"),
    (#"[{"kty":"EC","kid":"",K}]"#, "keys[0].kid: must be there"),
    (#"[{"kty":"EC",K}]"#, "keys[0].kid: must be there"),
    (#"[{"kty":"EC","kid":"e","use":"enc",K}]"#, "keys: has no RS256 or ES256 key"),
    (#"[{"kty":"EC","kid":"e","alg":"HS256",K}]"#, "keys: has no RS256 or ES256 key"),
    (#"[{"kty":"oct","kid":"e","k":"AAAA"}]"#, "keys: has no RS256 or ES256 key"),
    (#"[{"kty":"EC","kid":"e","crv":"P-256","x":"AA","y":"AA"}]"#, "keys[0]: is no public key"),
    (#"[{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB"}]"#, "keys[0]: is no public key"),
    (#"[{"kid":"e",K}]"#, "keys[0].kty: is required"), ("[]", "keys: has no RS256 or ES256 key"),
    (#"{"e":1}"#, "keys: must be a list of keys"),
  ])
  func `a key set that could be read in two ways, or has no key of use, is refused`(
    keys: String, fault: String
  ) {
    let point =
      #""crv":"P-256","x":"HqBFFS6psN1SAT5uVniOfKUCi6IQG0k0kGv8CBMn2R8","#
      + #""y":"GpOGCfCvJ27yrwmbskan0s3F0ISqsFlTcnoLx1PlJ5w""#
    let text = "{\"keys\":\(keys)}".split(separator: "K", omittingEmptySubsequences: false)
      .joined(separator: point)
    #expect { try JSONWebKeySet(parsing: Array(text.utf8)) } throws: {
      "\($0)".hasPrefix(fault)
    }
  }

  private final class Clock: Sendable {
    let now = Mutex<Int64>(1_800_000_000)
  }
}
