import StrictJSON
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    #"{"a":[1,-2.5e3,true,false,null,"x"],"b":{}}"#, "[]", "0", "-0", #""\u00e9\n\"\\""#,
    "123456789012345678901234567890",
  ])
  func `what is written reads back as the same value`(text: String) throws {
    let value = try JSON(parsing: text.utf8)
    #expect(try JSON(parsing: value.utf8) == value)
    #expect(try JSON(parsing: value.prettyText.utf8) == value)
  }

  @Test(arguments: [
    0x07, 0x1B, 0x7F, 0x85, 0x9B, 0x9D, 0x061C, 0x200E, 0x2028, 0x202E, 0x2066, 0xFEFF,
  ])
  func `what a terminal acts on is written as an escape, and nothing else`(value: UInt32) throws {
    let text = "a\(try #require(Unicode.Scalar(value)))é漢😀\u{A0}\u{2027}"
    let written = JSON.string(text).utf8
    #expect(try JSON(parsing: written) == .string(text))
    let scalars = String(decoding: written, as: UTF8.self).unicodeScalars
    #expect(scalars.map(\.actsOnTerminals).contains(true) == false)
    #expect(String(decoding: written, as: UTF8.self).hasSuffix("é漢😀\u{A0}\u{2027}\""))
  }

  @Test func `escapes become their characters, pairs of surrogates one`() throws {
    #expect(try JSON(parsing: #""\ud83d\ude00\u0041\/""#.utf8) == "😀A/")
  }

  @Test func `digits are kept exactly`() throws {
    let value = try JSON(parsing: #"{"amount":9007199254740993,"half":0.5}"#.utf8)
    #expect(value["amount"]?.int64 == 9_007_199_254_740_993)
    #expect(value["half"]?.int64 == nil)
    #expect(value["half"] == .number("0.5"))
  }

  @Test(arguments: [
    ("", 0), ("{", 1), (#"{"a":1,}"#, 7), ("[1,]", 3), ("01", 0), ("1.", 0), ("+1", 0), ("nul", 3),
    ("[1] x", 4), (#"{"a":1,"a":2}"#, 7), (#""\ud83d""#, 2), (#""\x""#, 2), ("\"\n\"", 1),
    ("{'a':1}", 1),
    ("NaN", 0), ("1e", 0), ("[1 2]", 3), ("\u{FEFF}1", 0),
  ])
  func `anything else is refused, with the byte at fault`(text: String, offset: Int) {
    #expect { _ = try JSON(parsing: text.utf8) } throws: { ($0 as? JSONError)?.offset == offset }
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    #expect(throws: JSONError(.badUTF8, offset: 0)) {
      _ = try JSON(parsing: [0x22, 0xC3, 0x28, 0x22])
    }
  }

  @Test func `bytes that are not UTF-8 are refused behind an escape too`() {
    #expect(throws: JSONError(.badUTF8, offset: 0)) {
      _ = try JSON(parsing: [0x22, 0x5C, 0x6E, 0xC3, 0x28, 0x22])
    }
  }

  @Test(arguments: [(2, 0), (16, 3), (17, 16), (17, 0), (300, 299), (300, 5)])
  func `a name that stands twice is refused, however many there are`(
    names: Int, repeated: Int
  ) throws {
    let members = (0..<names).map { "\"\($0)\":\($0)" }
    let whole = "{" + members.joined(separator: ",") + "}"
    #expect(try JSON(parsing: whole.utf8).object?.members.count == names)
    #expect {
      _ = try JSON(parsing: (whole.dropLast() + ",\"\(repeated)\":0}").utf8)
    } throws: {
      ($0 as? JSONError)?.reason == .duplicateName("\(repeated)")
    }
  }

  @Test func `nesting is bounded`() throws {
    let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    _ = try JSON(parsing: deep(JSON.depthMax).utf8)
    #expect(throws: JSONError(.tooDeep(max: JSON.depthMax), offset: JSON.depthMax)) {
      _ = try JSON(parsing: deep(JSON.depthMax + 1).utf8)
    }
  }

  @Test func `setting a member keeps the order, and nil removes it`() {
    var object = JSONObject()
    object["b"] = 1
    object["a"] = 2
    object["b"] = 3
    #expect(JSON.object(object).text == #"{"b":3,"a":2}"#)
    object["b"] = nil
    #expect(JSON.object(object).text == #"{"a":2}"#)
  }

  @Test func `every truncation of a text is refused`() {
    let text = Array(#"{"a":[1,true,"\u00e9"],"b":{"c":null}}"#.utf8)
    for count in 0..<text.count {
      #expect(throws: JSONError.self) { _ = try JSON(parsing: text[..<count]) }
    }
  }
}
