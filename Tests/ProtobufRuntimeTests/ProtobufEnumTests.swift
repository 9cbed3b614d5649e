import KitchenSink
import ProtobufRuntime
import Testing

@Suite struct ProtobufEnumTests {
  @Test func `a value knows its number and its proto name`() {
    #expect(Color.darkBlue.rawValue == 7)
    #expect(Color.darkBlue.protoName == "COLOR_DARK_BLUE")
    #expect(Color.invisible.rawValue == -3)
    #expect(KitchenSink.Inner.Mood.good.protoName == "MOOD_GOOD")
  }

  @Test func `an alias is the first value of its number`() {
    #expect(Color.crimson == .red)
    #expect(Color.crimson.protoName == "COLOR_RED")
  }

  @Test func `numbers become values, and unknown ones stay what they are`() {
    for color in Color.allCases { #expect(Color(rawValue: color.rawValue) == color) }
    #expect(Color(rawValue: 42) == .unrecognized(42))
    #expect(Color(rawValue: 42).rawValue == 42)
    #expect(Color.unrecognized(42).protoName == nil)
  }

  @Test func `proto names become values`() {
    for color in Color.allCases { #expect(color.protoName.flatMap(Color.init) == color) }
    #expect(Color(protoName: "COLOR_GREEN") == nil)
    #expect(Color(protoName: "red") == nil)
  }

  @Test func `the default is the value numbered 0`() {
    #expect(Color() == .unspecified)
    #expect(KitchenSink().color.rawValue == 0)
  }
}
