import KitchenSink
import ProtobufRuntime
import RPCCore
import StrictJSON
import Testing

@Suite struct WellKnownTypesTests {
  @Test(
    arguments: [
      (0, 0, "1970-01-01T00:00:00Z"), (-1, 0, "1969-12-31T23:59:59Z"),
      (951_782_400, 0, "2000-02-29T00:00:00Z"), (4_107_542_400, 0, "2100-03-01T00:00:00Z"),
      (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
      (253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
      (1_700_000_000, 500_000_000, "2023-11-14T22:13:20.500Z"),
      (1_700_000_000, 1_000, "2023-11-14T22:13:20.000001Z"),
    ] as [(Int64, Int32, String)])
  func `a timestamp is RFC 3339`(_ seconds: Int64, _ nanos: Int32, _ text: String) {
    #expect(ProtobufTimestamp(seconds: seconds, nanos: nanos).json == .string(text))
  }

  @Test func `a timestamp outside its range is told as its fields`() {
    #expect(
      ProtobufTimestamp(seconds: 253_402_300_800).json.text
        == #"{"seconds":"253402300800","nanos":0}"#)
    #expect(ProtobufTimestamp(nanos: -1).json.text == #"{"seconds":"0","nanos":-1}"#)
  }

  @Test(
    arguments: [
      (0, 0, "0s"), (1, 500_000_000, "1.500s"), (-1, -1, "-1.000000001s"),
      (0, -1_000_000, "-0.001s"),
      (.min, 0, "-9223372036854775808s"),
    ] as [(Int64, Int32, String)])
  func `a duration is seconds`(_ seconds: Int64, _ nanos: Int32, _ text: String) {
    #expect(ProtobufDuration(seconds: seconds, nanos: nanos).json == .string(text))
  }

  @Test func `a duration of two signs is told as its fields`() {
    #expect(
      ProtobufDuration(seconds: 1, nanos: -1).json.text == #"{"seconds":"1","nanos":-1}"#)
  }

  @Test func `a wrapper's JSON is its value's, and 64 bits are text`() {
    #expect(ProtobufInt64Value(value: .min).json.text == "\"-9223372036854775808\"")
    #expect(ProtobufUInt64Value(value: .max).json.text == "\"18446744073709551615\"")
    #expect(ProtobufInt32Value(value: -1).json.text == "-1")
    #expect(ProtobufUInt32Value(value: .max).json.text == "4294967295")
    #expect(ProtobufDoubleValue(value: 1.5).json.text == "1.5")
    #expect(ProtobufFloatValue(value: -0.5).json.text == "-0.5")
    #expect(ProtobufBoolValue(value: true).json.text == "true")
    #expect(ProtobufStringValue(value: "a").json.text == "\"a\"")
    #expect(ProtobufBytesValue(value: [0xFF]).json.text == "\"/w==\"")
  }

  @Test func `a message goes into an Any and out again`() throws {
    let order = SmallOrder(account: "a")
    let any = ProtobufAny(order)
    #expect(any.typeURL == "type.googleapis.com/test.v1.SmallOrder")
    #expect(try any.unpacked(as: SmallOrder.self) == order)
    #expect(try any.unpacked(as: Node.self) == nil)
    #expect(any.json.text == #"{"@type":"type.googleapis.com/test.v1.SmallOrder","value":"CgFh"}"#)
  }

  @Test func `an Any whose bytes are not of its type is refused`() {
    let any = ProtobufAny(typeURL: "/test.v1.SmallOrder", value: [0xFF])
    #expect(throws: MessageError.self) { try any.unpacked(as: SmallOrder.self) }
  }
}
