import KitchenSink
import ProtobufRuntime

/// One value with every field set, and the bytes that protoc makes of the same value:
/// `protoc --encode=test.v1.KitchenSink` of the text that `--decode` prints from them.
enum KitchenSinkFixture {
  static let bytes: [UInt8] = decode(
    hex: """
      08ffffffffffffffffff01108080808080808080800118ffffffff0f20ffffffffffffffffff01280330053d04000000
      4105000000000000004dfaffffff51f9ffffffffffffff5d0000c03f6100000000000002c068017209736dc3b67267c3
      a5737a0200ff8001fdffffffffffffffff018a01090a05696e6e65721001a00100aa0100b20100b80100c00100c90100
      000000000000009a02070a056f74686572c2020b01ffffffffffffffffff01ca020b02feffffffffffffffff01d20203
      03ac02da0203049003e202020a09ea02020c0bf202080700000046000000fa0210080000000000000050000000000000
      0082030809000000f7ffffff8a03100a00000000000000f6ffffffffffffff9203080000003f000000bf9a0308000000
      000000d03fa203020100aa030161aa0300b2030162b20300ba03020107c203030a0178c20300c8030bc8030ce203060a
      016b120176ea030d08ffffffffffffffffff011002f203050803120162fa03040804100182040b080511000000000000
      e03f8a0404080b1001920407080d12030a016d9a040a0d08000000150000c03fa2040b090900000000000000100aaa04
      070df5ffffff100cb2040b09f3ffffffffffffff101bba0407080112037965738205080880e2cfaa0610058a05080801
      1080cab5ee019205020801d2050164d80502e00501ea05027b7df20508687474703a2f2f78fa05026331fa0502633282
      0601738a060168
      """)

  static var value: KitchenSink {
    var sink = KitchenSink(
      int32Value: -1, int64Value: .min, uint32Value: .max, uint64Value: .max, sint32Value: -2,
      sint64Value: -3, fixed32Value: 4, fixed64Value: 5, sfixed32Value: -6, sfixed64Value: -7,
      floatValue: 1.5, doubleValue: -2.25, boolValue: true, stringValue: "smörgås",
      bytesValue: [0, 0xFF], color: .invisible, inner: .init(displayName: "inner", mood: .good),
      optionalInt32: 0, optionalString: "", optionalBytes: [], optionalColor: .unspecified,
      optionalBool: false, optionalDouble: 0, choice: .otherThing(.init(displayName: "other")))
    fillLists(&sink)
    fillMaps(&sink)
    sink.createdAt = ProtobufTimestamp(seconds: 1_700_000_000, nanos: 5)
    sink.took = ProtobufDuration(seconds: 1, nanos: 500_000_000)
    sink.moments = [ProtobufTimestamp(seconds: 1)]
    sink.default = "d"
    sink.class = 2
    sink.selfField = true
    sink.jsonField = "{}"
    sink.rpcURL = "http://x"
    sink.clusterIDs = ["c1", "c2"]
    sink.switch = "s"
    sink.hashValueField = "h"
    return sink
  }

  private static func fillLists(_ sink: inout KitchenSink) {
    sink.int32List = [1, -1]
    sink.int64List = [2, -2]
    sink.uint32List = [3, 300]
    sink.uint64List = [4, 400]
    sink.sint32List = [5, -5]
    sink.sint64List = [6, -6]
    sink.fixed32List = [7, 70]
    sink.fixed64List = [8, 80]
    sink.sfixed32List = [9, -9]
    sink.sfixed64List = [10, -10]
    sink.floatList = [0.5, -0.5]
    sink.doubleList = [0.25]
    sink.boolList = [true, false]
    sink.stringList = ["a", ""]
    sink.bytesList = [Array("b".utf8), []]
    sink.colorList = [.red, .darkBlue]
    sink.innerList = [.init(displayName: "x"), .init()]
    sink.unpackedList = [11, 12]
  }

  private static func fillMaps(_ sink: inout KitchenSink) {
    sink.stringMap = ["k": "v"]
    sink.int32Map = [-1: 2]
    sink.int64Map = [3: Array("b".utf8)]
    sink.uint32Map = [4: true]
    sink.uint64Map = [5: 0.5]
    sink.sint32Map = [-6: .red]
    sink.sint64Map = [-7: .init(displayName: "m")]
    sink.fixed32Map = [8: 1.5]
    sink.fixed64Map = [9: 10]
    sink.sfixed32Map = [-11: 12]
    sink.sfixed64Map = [-13: -14]
    sink.boolMap = [true: "yes"]
  }

  /// The bytes of hexadecimal digits; what is no digit is passed over.
  static func decode(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] * 16 + digits[$0 + 1])
    }
  }
}
