import KitchenSink
import ProtobufRuntime
import RPCCore
import TestSupport
import Testing

@Suite struct KitchenSinkTests {
  /// What protoc reads in bytes, as text.
  private func protocText(_ bytes: [UInt8]) async -> Subprocess {
    let octal = bytes.map { byte in
      let digits = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }.joined()
    let proto = "\(PythonPeer.root)/proto"
    return await Subprocess.run([
      "sh", "-c",
      "printf '\(octal)' | protoc -I '\(proto)' -I /usr/include "
        + "--decode=test.v1.KitchenSink test/v1/kitchen_sink.proto",
    ])
  }

  @Test func `protoc's bytes are read as the value they stand for`() throws {
    #expect(try KitchenSink(serializedBytes: KitchenSinkFixture.bytes) == KitchenSinkFixture.value)
  }

  @Test func `protoc reads our bytes as it reads its own`() async {
    let ours = await protocText(KitchenSinkFixture.value.serializedBytes)
    let theirs = await protocText(KitchenSinkFixture.bytes)
    #expect(theirs.exitCode == 0)
    #expect(ours.output == theirs.output)
    #expect(theirs.output.contains("hash_value: \"h\""))
  }

  @Test func `our bytes are read back as the same value`() throws {
    let value = KitchenSinkFixture.value
    #expect(try KitchenSink(serializedBytes: value.serializedBytes) == value)
  }

  @Test func `a message at its defaults is no bytes at all`() throws {
    #expect(KitchenSink().serializedBytes == [])
    #expect(Empty().serializedBytes == [])
    #expect(try KitchenSink(serializedBytes: []) == KitchenSink())
    #expect(try Empty(serializedBytes: []) == Empty())
  }

  @Test func `an optional field tells zero from nothing`() throws {
    let bytes = KitchenSink(optionalInt32: 0, optionalString: "").serializedBytes
    #expect(bytes == [0xA0, 0x01, 0x00, 0xAA, 0x01, 0x00])
    let read = try KitchenSink(serializedBytes: bytes)
    #expect(read.optionalInt32 == 0)
    #expect(read.optionalString == "")
    #expect(read.optionalBool == nil)
  }

  @Test func `an empty sub-message tells itself from nothing`() throws {
    let bytes = KitchenSink(inner: .init()).serializedBytes
    #expect(bytes == [0x8A, 0x01, 0x00])
    #expect(try KitchenSink(serializedBytes: bytes).inner == .init())
  }

  @Test(
    arguments: [
      .word(""), .word("w"), .number(0), .number(-1), .thing(.init()), .blob([]), .blob([0]),
      .shade(.unspecified), .shade(.unrecognized(99)), .otherThing(.init(mood: .good)),
      .flag(false),
    ] as [KitchenSink.Choice])
  func `each member of a oneof comes back, also at its default`(_ choice: KitchenSink.Choice) throws
  {
    let bytes = KitchenSink(choice: choice).serializedBytes
    #expect(!bytes.isEmpty)
    #expect(try KitchenSink(serializedBytes: bytes).choice == choice)
  }

  @Test func `of several members of a oneof the last one counts`() throws {
    let number = KitchenSink(choice: .number(5)).serializedBytes
    let word = KitchenSink(choice: .word("w")).serializedBytes
    let thing = KitchenSink(choice: .thing(.init(displayName: "t"))).serializedBytes
    #expect(try KitchenSink(serializedBytes: number + word).choice == .word("w"))
    #expect(try KitchenSink(serializedBytes: word + number).choice == .number(5))
    #expect(try KitchenSink(serializedBytes: thing + word).choice == .word("w"))
    #expect(
      try KitchenSink(serializedBytes: word + thing).choice == .thing(.init(displayName: "t")))
  }

  @Test func `numbers are read packed and one by one whatever the schema prefers`() throws {
    let oneByOne: [UInt8] = [0xC0, 0x02, 0x01, 0xC0, 0x02, 0x02]
    let packed: [UInt8] = [0xC2, 0x02, 0x02, 0x01, 0x02]
    #expect(try KitchenSink(serializedBytes: oneByOne).int32List == [1, 2])
    #expect(try KitchenSink(serializedBytes: packed).int32List == [1, 2])
    #expect(try KitchenSink(serializedBytes: packed + oneByOne).int32List == [1, 2, 1, 2])
    #expect(KitchenSink(int32List: [1, 2]).serializedBytes == packed)
    let preferred: [UInt8] = [0xC8, 0x03, 0x01, 0xC8, 0x03, 0x02]
    #expect(KitchenSink(unpackedList: [1, 2]).serializedBytes == preferred)
    #expect(
      try KitchenSink(serializedBytes: [0xCA, 0x03, 0x02, 0x01, 0x02]).unpackedList == [1, 2])
  }

  @Test func `an enum value from a newer contract survives`() throws {
    let value = KitchenSink(color: .unrecognized(1_000), colorList: [.unrecognized(-9), .red])
    #expect(try KitchenSink(serializedBytes: value.serializedBytes) == value)
  }

  @Test func `maps are written in the order of their keys`() {
    let map = Dictionary(uniqueKeysWithValues: (0..<100).map { ("k\($0)", "v") })
    let sink = KitchenSink(stringMap: map)
    let keys = map.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let expected = keys.flatMap { key in KitchenSink(stringMap: [key: "v"]).serializedBytes }
    #expect(sink.serializedBytes == expected)
  }

  @Test func `of map entries with one key the last counts, and missing parts are defaults`() throws
  {
    let first = KitchenSink(stringMap: ["k": "old"]).serializedBytes
    let second = KitchenSink(stringMap: ["k": "new"]).serializedBytes
    #expect(try KitchenSink(serializedBytes: first + second).stringMap == ["k": "new"])
    #expect(try KitchenSink(serializedBytes: [0xE2, 0x03, 0x00]).stringMap == ["": ""])
    #expect(try KitchenSink(serializedBytes: [0x92, 0x04, 0x00]).sint64Map == [0: .init()])
  }

  @Test func `recursive messages come back`() throws {
    var node = Node(name: "leaf")
    for depth in 0..<20 {
      node = Node(name: "\(depth)", next: node)
    }
    node.children = [Node(name: "c", link: .left(Node(name: "l")))]
    node.byName = ["b": Node(name: "b", link: .detour(Detour(back: Node())))]
    #expect(try Node(serializedBytes: node.serializedBytes) == node)
    #expect(node.next?.name == "18")
  }

  @Test func `fields that a newer version added are stepped over and dropped`() throws {
    let newer = SmallOrderV2(
      account: "a", amountMinorUnits: 5, note: "unknown", node: Node(next: Node()), stamp: 1,
      longStamp: 2)
    let older = try SmallOrder(serializedBytes: newer.serializedBytes)
    #expect(older == SmallOrder(account: "a", amountMinorUnits: 5))
    #expect(older.serializedBytes == SmallOrder(account: "a", amountMinorUnits: 5).serializedBytes)
  }

  @Test func `large values outgrow the first chunk and come back`() throws {
    let text = String(repeating: "ö", count: 100_000)
    let value = KitchenSink(
      stringValue: text, bytesValue: [UInt8](repeating: 7, count: 50_000),
      stringList: (0..<500).map { "item \($0)" })
    #expect(try KitchenSink(serializedBytes: value.serializedBytes) == value)
  }
}
