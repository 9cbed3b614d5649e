import Testing
import TopUpCore

@testable import Gateways

/// The codes were computed with another implementation, Python's `hmac`.
@Suite struct StripeSignatureTests {
  static let body = Array(#"{"id":"evt_1","object":"event"}"#.utf8)
  static let seconds: Int64 = 1_795_221_906
  /// Of `1795221906.` and the body, with the secret `whsec_test_one`.
  static let one = "0fef9ed7b00ef9f3c9e42662c2e8dcef3ff898d358f2d847111a10a0fcbdd908"
  /// The same with `whsec_test_two`.
  static let two = "d1c4ddfcf9f3fba9897d8c5535d7ac981dae8760f7b484aabd7da73bc09a110d"
  /// As the first, with the time written `01795221906`.
  static let leadingZero = "601ee5726e522955f2e956cb1b784af4e5c6a6c71aee857856f6933133979c1d"
  static let zeros = String(repeating: "0", count: 64)

  func verify(
    _ header: String?, body: [UInt8] = body, secrets: [String] = ["whsec_test_one"],
    now: Int64 = seconds
  ) throws {
    let signature = try #require(StripeSignature(secrets: secrets.map { Secret($0) }))
    try signature.verify(header: header, body: body, now: UnixTime(seconds: now))
  }

  @Test func `a signed body passes`() throws {
    try verify("t=1795221906,v1=\(Self.one)")
  }

  @Test func `the bytes of the body count and nothing else of it`() throws {
    try verify(
      "t=1795221906,v1=e187e110b64c9df9d48e93869787d68666c44e31a4fbea8ede365f1840b0e223", body: [])
    try verify(
      "t=1795221906,v1=61d15d23b7269a0ef10f2b7946559dfcda9fbc900604e5a62c59e1da4fa28053",
      body: Array(0...255))
    #expect(throws: StripeSignatureError.noMatch) {
      try verify("t=1795221906,v1=\(Self.one)", body: Self.body + [0x0A])
    }
  }

  @Test func `any of several codes and any of several secrets will do`() throws {
    try verify("t=1795221906,v1=\(Self.zeros),v1=\(Self.one)")
    try verify("t=1795221906,v1=\(Self.two)", secrets: ["whsec_test_one", "whsec_test_two"])
    try verify("t=1795221906,v1=\(Self.one),v1=\(Self.two)", secrets: ["whsec_test_two"])
  }

  @Test(arguments: [
    " t=1795221906 , v1=\(one) ", "v1=\(one),t=1795221906", "t=1795221906,v0=\(zeros),v1=\(one)",
    "t=1795221906,v1=short,v1=\(one)", "t=1795221906,v9=x=y,v1=\(one)", "t=1795221906,,v1=\(one),",
    "t=1795221906,v1=\(one.uppercased())",
  ])
  func `what else stands in the header does no harm`(header: String) throws {
    try verify(header)
  }

  @Test func `the time is signed as it is written`() throws {
    try verify("t=01795221906,v1=\(Self.leadingZero)")
    #expect(throws: StripeSignatureError.noMatch) {
      try verify("t=01795221906,v1=\(Self.one)")
    }
  }

  @Test(
    arguments: [
      (nil, StripeSignatureError.missingHeader), ("", .missingTimestamp), (",", .missingTimestamp),
      ("v1=\(one)", .missingTimestamp), ("t=1795221906", .missingSignature),
      ("t=1795221906,v0=\(one)", .missingSignature), ("t=1795221906,V1=\(one)", .missingSignature),
      ("t=1795221906,v1=", .missingSignature), ("t=1795221906,v1=\(one)00", .missingSignature),
      ("t=1795221906,v1=\(one.dropLast())", .missingSignature),
      ("t=1795221906,v1=\(zeros.dropLast(2))zz", .missingSignature),
      ("t=1795221906,v1=\(zeros)", .noMatch), ("t=1795221907,v1=\(one)", .noMatch),
      ("t=1795221906,t=1795221906,v1=\(one)", .repeatedTimestamp),
      ("t=,v1=\(one)", .malformedHeader), ("t=-1,v1=\(one)", .malformedHeader),
      ("t=+1795221906,v1=\(one)", .malformedHeader), ("t=0x6B,v1=\(one)", .malformedHeader),
      ("t=1795221906.0,v1=\(one)", .malformedHeader),
      ("t=99999999999999999999,v1=\(one)", .malformedHeader),
      ("t=253402300800,v1=\(one)", .malformedHeader), ("t=١٧,v1=\(one)", .malformedHeader),
      ("t=1795221906,v1", .malformedHeader), ("Bearer x", .malformedHeader),
    ] as [(String?, StripeSignatureError)])
  func `every other header is refused with its reason`(
    header: String?, error: StripeSignatureError
  ) {
    #expect(throws: error) { try verify(header) }
  }

  @Test func `a header of many kilobytes is not read`() {
    let header = "t=1795221906,v1=\(Self.one)," + String(repeating: "x", count: 4096)
    #expect(throws: StripeSignatureError.headerTooLong(bytes: header.utf8.count)) {
      try verify(header)
    }
  }

  @Test func `the time may lie up to 300 seconds away, either way (invariant 34)`() throws {
    let header = "t=1795221906,v1=\(Self.one)"
    try verify(header, now: Self.seconds + 300)
    try verify(header, now: Self.seconds - 300)
    #expect(throws: StripeSignatureError.tooOld(seconds: 301)) {
      try verify(header, now: Self.seconds + 301)
    }
    #expect(throws: StripeSignatureError.tooNew(seconds: 301)) {
      try verify(header, now: Self.seconds - 301)
    }
  }

  @Test func `a forgery is never said to be old`() {
    #expect(throws: StripeSignatureError.noMatch) {
      try verify("t=1,v1=\(Self.zeros)")
    }
  }

  @Test func `without a secret nothing can be verified`() {
    #expect(StripeSignature(secrets: []) == nil)
    #expect(StripeSignature(secrets: [Secret("whsec_1"), Secret("")]) == nil)
  }
}
