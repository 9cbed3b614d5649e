import ProtobufWire
import RPCCore
import Testing

@Suite struct WireReaderTests {
  private func varint(_ bytes: [UInt8]) throws -> UInt64 {
    var reader = WireReader(from: 0, to: bytes.count)
    let value = try reader.varint(in: bytes.span.bytes)
    try #require(reader.isAtEnd)
    return value
  }

  private func tag(_ bytes: [UInt8]) throws -> UInt32 {
    var reader = WireReader(from: 0, to: bytes.count)
    return try reader.tag(in: bytes.span.bytes).0
  }

  @Test func `numbers of one to ten bytes are read`() throws {
    #expect(try varint([0]) == 0)
    #expect(try varint([0x7F]) == 127)
    #expect(try varint([0xAC, 0x02]) == 300)
    #expect(try varint([UInt8](repeating: 0xFF, count: 9) + [1]) == .max)
  }

  @Test func `a number that does not end is refused`() {
    #expect(throws: MessageError.malformed("the bytes end inside a field")) { try varint([0x80]) }
    #expect(throws: MessageError.malformed("a number has too many bytes")) {
      try varint([UInt8](repeating: 0x80, count: 10) + [1])
    }
  }

  @Test func `the largest field number is read and a larger one refused`() throws {
    #expect(try tag([0xF8, 0xFF, 0xFF, 0xFF, 0x0F]) == 536_870_911)
    #expect(throws: MessageError.self) { try tag([0xF8, 0xFF, 0xFF, 0xFF, 0x1F]) }
  }

  @Test func `number 0, groups and forms that do not exist are refused`() {
    for byte in [0x00, 0x02, 0x0B, 0x0C, 0x0E, 0x0F] as [UInt8] {
      #expect(throws: MessageError.malformed("a field has a tag that is none")) {
        try tag([byte])
      }
    }
  }

  @Test func `fixed numbers are little-endian`() throws {
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    var reader = WireReader(from: 0, to: 8)
    #expect(try reader.fixed64(in: bytes.span.bytes) == 0x0807_0605_0403_0201)
    reader = WireReader(from: 4, to: 8)
    #expect(try reader.fixed32(in: bytes.span.bytes) == 0x0807_0605)
  }

  @Test func `a length past the end is refused`() {
    #expect(throws: MessageError.malformed("the bytes end inside a field")) {
      let bytes: [UInt8] = [3, 1, 2]
      var reader = WireReader(from: 0, to: bytes.count)
      _ = try reader.length(in: bytes.span.bytes)
    }
  }
}
