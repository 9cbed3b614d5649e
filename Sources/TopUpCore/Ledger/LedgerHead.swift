/// The ledger's last position and the digest over all before it (invariant 26).
package struct LedgerHead: Sendable, Hashable {
  package var position: Int64
  /// 32 bytes.
  package var digest: [UInt8]

  package init(position: Int64, digest: [UInt8]) {
    self.position = position
    self.digest = digest
  }
}

/// Its text, `POSITION:HEXDIGEST`, is what is kept elsewhere, so that a cut tail is seen.
extension LedgerHead: CustomStringConvertible {
  package var description: String { "\(position):\(Hex.text(digest))" }

  /// - Returns: nil for any other text than a position from 0 on, a colon and 64 hexadecimal digits.
  package init?(_ text: some StringProtocol) {
    guard let colon = text.firstIndex(of: ":"),
      text[..<colon].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let position = Int64(text[..<colon]),
      let digest = Hex.bytes(text[text.index(after: colon)...]), digest.count == EntryDigest.bytes
    else { return nil }
    self.init(position: position, digest: digest)
  }
}
