import KitchenSink
import ProtobufRuntime
import StrictJSON
import Testing

@Suite struct ProtobufJSONTests {
  @Test func `every kind of field has its JSON form`() {
    let expected =
      #"{"int32Value":-1,"int64Value":"-9223372036854775808","uint32Value":4294967295,"#
      + #""uint64Value":"18446744073709551615","sint32Value":-2,"sint64Value":"-3","#
      + #""fixed32Value":4,"fixed64Value":"5","sfixed32Value":-6,"sfixed64Value":"-7","#
      + #""floatValue":1.5,"doubleValue":-2.25,"boolValue":true,"stringValue":"smörgås","#
      + #""bytesValue":"AP8=","color":"COLOR_INVISIBLE","#
      + #""inner":{"displayName":"inner","mood":"MOOD_GOOD"},"optionalInt32":0,"#
      + #""optionalString":"","optionalBytes":"","optionalColor":"COLOR_UNSPECIFIED","#
      + #""optionalBool":false,"optionalDouble":0,"otherThing":{"displayName":"other"},"#
      + #""int32List":[1,-1],"int64List":["2","-2"],"uint32List":[3,300],"#
      + #""uint64List":["4","400"],"sint32List":[5,-5],"sint64List":["6","-6"],"#
      + #""fixed32List":[7,70],"fixed64List":["8","80"],"sfixed32List":[9,-9],"#
      + #""sfixed64List":["10","-10"],"floatList":[0.5,-0.5],"doubleList":[0.25],"#
      + #""boolList":[true,false],"stringList":["a",""],"bytesList":["Yg==",""],"#
      + #""colorList":["COLOR_RED","COLOR_DARK_BLUE"],"innerList":[{"displayName":"x"},{}],"#
      + #""unpackedList":[11,12],"stringMap":{"k":"v"},"int32Map":{"-1":"2"},"#
      + #""int64Map":{"3":"Yg=="},"uint32Map":{"4":true},"uint64Map":{"5":0.5},"#
      + #""sint32Map":{"-6":"COLOR_RED"},"sint64Map":{"-7":{"displayName":"m"}},"#
      + #""fixed32Map":{"8":1.5},"fixed64Map":{"9":10},"sfixed32Map":{"-11":"12"},"#
      + #""sfixed64Map":{"-13":-14},"boolMap":{"true":"yes"},"#
      + #""createdAt":"2023-11-14T22:13:20.000000005Z","took":"1.500s","#
      + #""moments":["1970-01-01T00:00:01Z"],"default":"d","class":2,"self":true,"json":"{}","#
      + #""rpcUrl":"http://x","clusterIds":["c1","c2"],"switch":"s","hashValue":"h"}"#
    #expect(KitchenSinkFixture.value.json.text == expected)
  }

  @Test func `fields at their default are left out`() {
    #expect(KitchenSink().json.text == "{}")
    #expect(Empty().json.text == "{}")
  }

  @Test func `floats that are no numbers are words`() {
    #expect(ProtobufJSON.float(Double.nan) == "NaN")
    #expect(ProtobufJSON.float(Double.infinity) == "Infinity")
    #expect(ProtobufJSON.float(-Float.infinity) == "-Infinity")
    #expect(ProtobufJSON.float(Float(0.1)) == .number("0.1"))
    #expect(ProtobufJSON.float(1e300) == .number("1e+300"))
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func `bytes are base64 by the vectors of RFC 4648`(_ plain: String, _ encoded: String) {
    #expect(ProtobufJSON.bytes(Array(plain.utf8)) == .string(encoded))
  }

  @Test func `an enum value without a name is its number`() {
    #expect(ProtobufJSON.enumeration(Color.unrecognized(42)) == 42)
  }

  @Test func `map members are in the order of their keys' text`() {
    #expect(
      KitchenSink(int32Map: [10: 1, 9: 2, -1: 3]).json.text
        == #"{"int32Map":{"-1":"3","10":"1","9":"2"}}"#)
  }
}
