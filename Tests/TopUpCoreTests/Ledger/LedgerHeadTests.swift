import Testing
import TopUpCore

@Suite struct LedgerHeadTests {
  private let digest = [UInt8](0..<32)
  private let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

  @Test func `a head's text is read back as the same head`() {
    let head = LedgerHead(position: 1_204, digest: digest)
    #expect("\(head)" == "1204:\(hex)")
    #expect(LedgerHead("\(head)") == head)
    #expect(LedgerHead("1204:\(hex.uppercased())") == head)
  }

  @Test func `any other text is no head`() {
    for text in [
      "", ":", "12", "12:", ":\(hex)", "-1:\(hex)", "+1:\(hex)", " 1:\(hex)", "1:\(hex)00",
      "1:\(hex.dropLast())", "1:\(hex.dropLast(2))", "1:\(hex.dropLast())g",
      "9223372036854775808:\(hex)", "1::\(hex)",
    ] {
      #expect(LedgerHead(text) == nil, "\(text)")
    }
  }
}
