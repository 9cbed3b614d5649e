import ProtobufWire
import RPCCore
import Testing

@Suite struct WirePrescanTests {
  /// 0: a message with one field of each sort; 1: a policy within it; 2: itself, over and over.
  private static let schema = WireSchema([
    [
      WireField(1, "count", .varint),
      WireField(2, "text", .text),
      WireField(3, "policy", .message, slot: 0, message: 1),
      WireField(4, "numbers", .varint, isRepeated: true),
      WireField(5, "policies", .message, isRepeated: true, message: 1),
      WireField(6, "left", .message, slot: 1, message: 1),
      WireField(7, "right", .message, slot: 1, message: 1),
      WireField(20, "stamp", .fixed32),
      WireField(21, "stamps", .fixed64, isRepeated: true),
      WireField(900, "raw", .bytes),
    ],
    [WireField(1, "display_name", .text), WireField(2, "limit", .fixed64)],
    [WireField(1, "next", .message, slot: 0, message: 2)],
  ])

  /// What is wrong with bytes; nil when nothing is.
  private func fault(_ bytes: [UInt8], as index: Int = 0) -> MessageError? {
    do throws(MessageError) {
      try WirePrescan.check(bytes.span.bytes, as: MessageSchema(Self.schema, index))
      return nil
    } catch { return error }
  }

  private func chain(_ depth: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 1..<depth {
      var length: [UInt8] = [UInt8(bytes.count & 0x7F)]
      if bytes.count > 0x7F { length = [length[0] | 0x80, UInt8(bytes.count >> 7)] }
      bytes = [0x0A] + length + bytes
    }
    return bytes
  }

  @Test func `what the schema allows passes`() {
    #expect(fault([]) == nil)
    #expect(fault([0x08, 0x01, 0x12, 0x02, 0x68, 0x69, 0x1A, 0x00]) == nil)
    #expect(fault([0xA5, 0x01, 1, 2, 3, 4]) == nil)  // 20, behind a gap
    #expect(fault([0xA2, 0x38, 0x02, 0x00, 0xFF]) == nil)  // 900: bytes may hold anything
  }

  @Test func `a scalar may stand twice, and the last one counts`() {
    #expect(fault([0x08, 0x01, 0x08, 0x02]) == nil)
  }

  @Test func `repeated numbers pass packed and one by one`() {
    #expect(fault([0x22, 0x03, 0x01, 0xAC, 0x02]) == nil)
    #expect(fault([0x20, 0x01, 0x20, 0x02]) == nil)
  }

  @Test func `a packed field that ends inside an element is refused`() {
    #expect(fault([0x22, 0x01, 0x80]) == .malformed("the bytes end inside a field"))
    let stamps: [UInt8] = [0xAA, 0x01, 0x07, 0, 0, 0, 0, 0, 0, 0]
    #expect(fault(stamps) == .malformed("a packed field ends inside an element"))
  }

  @Test func `a singular sub-message that stands twice is refused`() {
    #expect(fault([0x1A, 0x00, 0x1A, 0x00]) == .malformed("field policy stands twice"))
  }

  @Test func `two sub-messages of one oneof are refused`() {
    #expect(fault([0x32, 0x00, 0x32, 0x00]) == .malformed("field left stands twice"))
    #expect(fault([0x32, 0x00, 0x3A, 0x00]) == .malformed("field right stands twice"))
  }

  @Test func `a repeated sub-message may stand any number of times`() {
    #expect(fault([0x2A, 0x00, 0x2A, 0x00, 0x2A, 0x00]) == nil)
  }

  @Test func `another wire type than the schema's is refused`() {
    let wrong = MessageError.malformed("a field has another wire type than its schema says")
    #expect(fault([0x0D, 1, 2, 3, 4]) == wrong)  // count as fixed32
    #expect(fault([0x0A, 0x01, 0x01]) == wrong)  // count packed, but not repeated
    #expect(fault([0x10, 0x01]) == wrong)  // text as a number
    #expect(fault([0x18, 0x01]) == wrong)  // policy as a number
  }

  @Test func `bad text is named by its dotted path`() {
    #expect(fault([0x12, 0x01, 0xFF]) == .badText(field: "text"))
    #expect(fault([0x12, 0x01, 0x00]) == .badText(field: "text"))
    #expect(fault([0x1A, 0x03, 0x0A, 0x01, 0xFF]) == .badText(field: "policy.display_name"))
  }

  @Test func `the deepest nesting allowed passes and the next is refused`() {
    #expect(fault(chain(WirePrescan.depthMax), as: 2) == nil)
    #expect(
      fault(chain(WirePrescan.depthMax + 1), as: 2)
        == .overBudget("messages nest deeper than 32"))
  }

  @Test func `unknown fields are stepped over, up to their limit`() {
    let unknown: [UInt8] = [0x58, 0x01]  // 11
    let most = [UInt8](
      (0..<WirePrescan.unknownFieldsMax).map { _ in unknown }.joined())
    #expect(fault([0x5A, 0x01, 0xFF, 0x5D, 1, 2, 3, 4, 0x59, 1, 2, 3, 4, 5, 6, 7, 8]) == nil)
    #expect(fault(most) == nil)
    #expect(fault(most + unknown) == .overBudget("more than 1024 unknown fields"))
  }

  @Test func `more fields than a message may have are refused`() {
    let most = [UInt8]((0..<WirePrescan.fieldsMax).map { _ in [0x2A, 0x00] as [UInt8] }.joined())
    #expect(fault(most) == nil)
    #expect(fault(most + [0x2A, 0x00]) == .overBudget("more than 65536 fields"))
  }

  @Test func `a cut message is refused at every byte inside a field`() {
    let whole: [UInt8] = [0x1A, 0x0D, 0x0A, 0x02, 0x68, 0x69, 0x11, 1, 2, 3, 4, 5, 6, 7, 8]
    #expect(fault(whole) == nil)
    for length in 1..<whole.count { #expect(fault(Array(whole[..<length])) != nil) }
  }

  @Test func `a sub-message may not read past its end`() {
    // policy is 1 byte long, and its tag says that 8 follow; the outer message has them.
    #expect(
      fault([0x1A, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8])
        == .malformed("the bytes end inside a field"))
  }
}
