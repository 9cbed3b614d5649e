import RPCCore
import Testing

@Suite struct MessagePrefixTests {
  private func prefix(_ bytes: [UInt8], max: Int = 4_194_304) throws -> MessagePrefix {
    try MessagePrefix(bytes.span.bytes, payloadBytesMax: max)
  }

  @Test(
    arguments: [
      ([0, 0, 0, 0, 0], false, 0), ([0, 0, 0, 0, 1], false, 1), ([1, 0, 0, 1, 0], true, 256),
      ([0, 0, 0x40, 0, 0], false, 4_194_304), ([0, 0, 0, 0, 2, 9, 9], false, 2),
    ] as [([UInt8], Bool, Int)])
  func `a flag and a big-endian length are read, and nothing after them`(
    bytes: [UInt8], isCompressed: Bool, count: Int
  ) throws {
    #expect(
      try prefix(bytes) == MessagePrefix(isCompressed: isCompressed, payloadBytes: count))
  }

  @Test func `every flag above one is refused`() {
    for flag in UInt8(2)...255 {
      #expect(throws: WireError.unknownFlag(flag)) { _ = try prefix([flag, 0, 0, 0, 0]) }
    }
  }

  @Test func `one byte over the limit is refused, the largest length too`() throws {
    #expect(try prefix([0, 0, 0, 0, 10], max: 10).payloadBytes == 10)
    #expect(throws: WireError.messageTooLarge(bytes: 11, max: 10)) {
      _ = try prefix([0, 0, 0, 0, 11], max: 10)
    }
    #expect(throws: WireError.messageTooLarge(bytes: 0xFFFF_FFFF, max: 4_194_304)) {
      _ = try prefix([0, 255, 255, 255, 255])
    }
  }
}
