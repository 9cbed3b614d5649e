import Testing
import TopUpCore

@Suite struct HexTests {
  @Test func `every byte is read back from what is written, in either case`() {
    let bytes = (0...255).map { UInt8($0) }
    #expect(Hex.bytes(Hex.text(bytes)) == bytes)
    #expect(Hex.bytes(Hex.text(bytes).uppercased()) == bytes)
    #expect(Hex.prefixedBytes(Hex.prefixedText(bytes)) == bytes)
    #expect(Hex.text([0x0A, 0xF0]) == "0af0")
  }

  @Test func `no digits are no bytes`() {
    #expect(Hex.bytes("") == [])
    #expect(Hex.prefixedBytes("0x") == [])
  }

  @Test(arguments: ["0", "0g", "+1", " 0", "0x00", "é0", "00 ", "０0"])
  func `anything but an even number of digits is refused`(text: String) {
    #expect(Hex.bytes(text) == nil)
  }

  @Test(arguments: ["", "00", "0X00", "x00", "0x0"])
  func `the prefix is 0x, and it must be there`(text: String) {
    #expect(Hex.prefixedBytes(text) == nil)
  }
}
