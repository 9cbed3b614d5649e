/// What stands in a link to a person who must authenticate: a secret that whoever issued it keeps
/// nowhere, and knows again by its digest.
package struct AuthenticationToken: Sendable, Hashable {
  /// As many as nobody guesses, so that the digest needs no salt.
  package static let randomBytes = 30
  /// What a caller may send for one.
  private static let textBytesMax = 128

  package let text: Secret

  /// - Parameter random: ``randomBytes`` of them, from the kernel's generator.
  package init(random: [UInt8]) {
    text = Secret("auth_" + CrockfordBase32.text(random))
  }

  /// - Returns: nil for a text that is none.
  package init?(_ text: String) {
    guard text.hasPrefix("auth_"), text.utf8.count <= Self.textBytesMax else { return nil }
    self.text = Secret(text)
  }

  package var digest: [UInt8] {
    var digest = PartsDigest(tag: "topup.v1 authentication", digestBytes: 32)
    digest.append(Array(text.reveal().utf8))
    return digest.finish()
  }
}
