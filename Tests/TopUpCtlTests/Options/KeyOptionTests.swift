import Testing

@testable import topupctl

@Suite struct KeyOptionTests {
  @Test func `a key that is made is 32 hexadecimal digits, and another each time`() {
    let keys = (0..<50).map { _ in KeyOption.random() }
    #expect(Set(keys).count == 50)
    #expect(keys.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
  }
}
