import Testing
import TopUpCore

@Suite struct Base58Tests {
  /// From the test vectors of the IETF draft "The Base58 Encoding Scheme" and of Bitcoin Core.
  @Test(arguments: [
    ("", ""), ("61", "2g"), ("626262", "a3gV"), ("00", "1"), ("0000287fb4cd", "11233QC4"),
    ("00000000000000000000", "1111111111"), ("516b6fcd0f", "ABnLTmg"),
    ("bf4f89001e670274dd", "3SEo3LWLoPntC"),
    ("48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U"),
  ])
  func `vectors hold in both directions`(hex: String, text: String) throws {
    let bytes = try #require(Hex.bytes(hex))
    #expect(Base58.text(bytes) == text)
    #expect(try Base58.bytes(text) == bytes)
  }

  @Test func `whatever their number and the zeros before them, bytes come back`() throws {
    for count in 0...70 {
      for zeros in [0, 1, 4, 5, count / 2, count] where zeros <= count {
        for filler in [0xFF, 0x01, 0x80, UInt8(count)] {
          let bytes =
            [UInt8](repeating: 0, count: zeros)
            + [UInt8](repeating: filler, count: count - zeros)
          let text = Base58.text(bytes)
          #expect(try Base58.bytes(text) == bytes)
          #expect(text.prefix { $0 == "1" }.count == bytes.prefix { $0 == 0 }.count)
        }
      }
    }
  }

  @Test(
    arguments: [
      ("0", "0", 1), ("2O", "O", 2), ("22I", "I", 3), ("l22", "l", 1), ("2 2", " ", 2),
      ("2é", "é", 2), ("1+1", "+", 2),
    ] as [(String, Character, Int)])
  func `the first strange character is named`(text: String, character: Character, position: Int) {
    #expect {
      _ = try Base58.bytes(text)
    } throws: { error in
      (error as? Base58Error)?.character == character
        && (error as? Base58Error)?.position == position
    }
  }
}
