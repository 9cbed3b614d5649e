import Testing

@testable import protogen

@Suite struct CRewriterTests {
  private func message(_ number: UInt8, _ parts: [UInt8]...) -> [UInt8] {
    let content = parts.flatMap(\.self)
    return [number << 3 | 2, UInt8(content.count)] + content
  }

  private func name(_ text: String) -> [UInt8] { message(1, Array(text.utf8)) }

  /// FieldDescriptorProto.type (5) and proto3_optional (17).
  private let string: [UInt8] = [0x28, 9]
  private let bytes: [UInt8] = [0x28, 12]
  private let optional: [UInt8] = [0x88, 0x01, 1]

  @Test func `strings become bytes, optional loses its mark, comments go`() throws {
    let field = message(2, name("f"), string, optional)
    let set = message(1, name("a.proto"), message(4, name("M"), field), message(9, name("c")))
    let expected = message(
      1, name("a.proto"), message(4, name("M"), message(2, name("f"), bytes)))
    #expect(try CRewriter.rewrite(set) == expected)
  }

  @Test func `a map becomes the repeated message that it is`() throws {
    let mapEntry: [UInt8] = [0x38, 1]  // MessageOptions.map_entry (7)
    let deprecated: [UInt8] = [0x18, 1]
    let entry = message(
      3, name("E"), message(2, name("key"), string), message(7, mapEntry, deprecated))
    let set = message(1, name("a.proto"), message(4, name("M"), entry))
    let expected = message(
      1, name("a.proto"),
      message(
        4, name("M"), message(3, name("E"), message(2, name("key"), bytes), message(7, deprecated)))
    )
    #expect(try CRewriter.rewrite(set) == expected)
  }

  @Test func `other types and unknown options keep their bytes`() throws {
    let number = message(2, name("n"), [0x28, 5], message(8, [0x98, 0xEA, 0x30, 0x01]))
    let set = message(1, name("a.proto"), message(4, name("M"), number), message(8, [0x78, 0x07]))
    #expect(try CRewriter.rewrite(set) == set)
  }
}
