import RPCCore
import Testing

@testable import protogen

@Suite struct WireTreeTests {
  /// 1: 300, 2: a message with 1: "a" and 3: fixed, 9: unknown bytes.
  private let bytes: [UInt8] = [
    0x08, 0xAC, 0x02, 0x12, 0x08, 0x0A, 0x01, 0x61, 0x1D, 1, 2, 3, 4, 0x4A, 0x01, 0xFF,
  ]

  @Test func `an unedited tree keeps its bytes`() throws {
    #expect(try WireTree(bytes).bytes == bytes)
  }

  @Test func `an odd but valid encoding keeps its bytes beside an edit`() throws {
    let odd: [UInt8] = [0x88, 0x00, 0x81, 0x00]  // tag and value one byte too long each
    var tree = try WireTree(odd + [0x10, 0x01])
    tree.setVarint(2, 5)
    #expect(tree.bytes == odd + [0x10, 0x05])
  }

  @Test func `fields are read by number`() throws {
    let tree = try WireTree(bytes)
    #expect(tree.varint(1) == 300)
    #expect(try tree.trees(2).first?.text(1) == "a")
    #expect(tree.text(1) == nil)
    #expect(!tree.bool(7))
  }

  @Test func `an edit changes the lengths around it`() throws {
    var tree = try WireTree(bytes)
    try tree.edit(2) { inner in
      inner.remove(3)
      inner.setVarint(4, 1)
    }
    #expect(
      tree.bytes
        == [0x08, 0xAC, 0x02, 0x12, 0x05, 0x0A, 0x01, 0x61, 0x20, 0x01, 0x4A, 0x01, 0xFF])
  }

  @Test func `bytes that are no message are refused`() {
    #expect(throws: MessageError.self) { try WireTree([0x12, 0x05, 0x00]) }
  }
}
