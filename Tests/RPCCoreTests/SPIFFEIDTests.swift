import RPCCore
import Testing

/// SPIFFE-ID §2: what is an id, and what only looks like one.
@Suite struct SPIFFEIDTests {
  @Test(arguments: [
    ("spiffe://example.org/a", "example.org", "/a"),
    ("spiffe://d/ns/prod/sa/node-1", "d", "/ns/prod/sa/node-1"),
    ("spiffe://a_b-c.9/X/y.Z/...", "a_b-c.9", "/X/y.Z/..."),
  ])
  func `an id is taken apart and put together again`(
    text: String, domain: String, path: String
  ) throws {
    let id = try SPIFFEID(text)
    #expect(id.trustDomain == domain)
    #expect(id.path == path)
    #expect(id.description == text)
  }

  @Test(arguments: [
    ("", SPIFFEIDError.notSPIFFE),
    ("https://example.org/a", .notSPIFFE),
    ("SPIFFE://example.org/a", .notSPIFFE),
    ("spiffe:/example.org/a", .notSPIFFE),
    ("spiffe://", .badTrustDomain),
    ("spiffe:///a", .badTrustDomain),
    ("spiffe://Example.org/a", .badTrustDomain),
    ("spiffe://example.org:443/a", .badTrustDomain),
    ("spiffe://user@example.org/a", .badTrustDomain),
    ("spiffe://ex%61mple.org/a", .badTrustDomain),
    ("spiffe://example.org?x/a", .badTrustDomain),
    ("spiffe://example.org", .noPath),
    ("spiffe://example.org/", .badPath),
    ("spiffe://example.org/a/", .badPath),
    ("spiffe://example.org//a", .badPath),
    ("spiffe://example.org/./a", .badPath),
    ("spiffe://example.org/a/..", .badPath),
    ("spiffe://example.org/a?b", .badPath),
    ("spiffe://example.org/a#b", .badPath),
    ("spiffe://example.org/a%2Fb", .badPath),
    ("spiffe://example.org/a\0", .badPath),
    ("spiffe://example.org/ü", .badPath),
  ])
  func `anything else is refused with its reason`(text: String, error: SPIFFEIDError) {
    #expect(throws: error) { try SPIFFEID(text) }
  }

  @Test func `the bounds are exact`() throws {
    let longest = "spiffe://d/" + String(repeating: "a", count: SPIFFEID.byteCountMax - 11)
    #expect(try SPIFFEID(longest).description.utf8.count == SPIFFEID.byteCountMax)
    #expect(throws: SPIFFEIDError.tooLong) { try SPIFFEID(longest + "a") }
    let domain = String(repeating: "d", count: SPIFFEID.trustDomainByteCountMax)
    #expect(try SPIFFEID("spiffe://\(domain)/a").trustDomain == domain)
    #expect(throws: SPIFFEIDError.badTrustDomain) { try SPIFFEID("spiffe://\(domain)d/a") }
  }
}
