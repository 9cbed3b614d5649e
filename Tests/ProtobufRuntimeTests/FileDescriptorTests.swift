import KitchenSink
import ProtobufRuntime
import ProtobufWire
import Testing

@Suite struct FileDescriptorTests {
  /// The texts of a field of a message.
  private func texts(_ number: UInt32, in bytes: [UInt8]) throws -> [String] {
    var reader = WireReader(from: 0, to: bytes.count)
    var texts: [String] = []
    while !reader.isAtEnd {
      let (found, form) = try reader.tag(in: bytes.span.bytes)
      let start = reader.position
      try reader.skipValue(form, in: bytes.span.bytes)
      guard found == number, form == .lengthDelimited else { continue }
      var length = WireReader(from: start, to: reader.position)
      let count = try length.length(in: bytes.span.bytes)
      texts.append(
        String(decoding: bytes[(reader.position - count)..<reader.position], as: UTF8.self))
    }
    return texts
  }

  @Test func `a file's bytes are the descriptor of that file`() throws {
    for file in KitchenSinkFiles.all + ProtobufRuntimeFiles.all {
      #expect(try texts(1, in: file.bytes) == [file.name])
      #expect(try texts(3, in: file.bytes) == file.dependencies)
      #expect(try texts(12, in: file.bytes) == ["proto3"])
      #expect(try texts(9, in: file.bytes) == [])  // comments and positions
    }
  }

  @Test func `the descriptor is the original one, strings and all`() throws {
    let file = try #require(KitchenSinkFiles.all.first)
    // FieldDescriptorProto of SmallOrder.account: name, number 1, optional, TYPE_STRING.
    let account: [UInt8] = [0x0A, 7] + Array("account".utf8) + [0x18, 1, 0x20, 1, 0x28, 9]
    let isThere = file.bytes.indices.contains { file.bytes[$0...].starts(with: account) }
    #expect(isThere)
  }

  @Test func `a file lists its services and symbols`() throws {
    let file = try #require(KitchenSinkFiles.all.first)
    #expect(file.services == ["test.v1.Kitchen"])
    for symbol in [
      "test.v1.Kitchen", "test.v1.Kitchen.CookAlong", "test.v1.Color",
      "test.v1.KitchenSink.Inner.Mood", "test.v1.Actor",
    ] {
      #expect(file.symbols.contains(symbol))
    }
    #expect(
      ProtobufRuntimeFiles.all.map(\.name) == [
        "google/protobuf/any.proto", "google/protobuf/duration.proto",
        "google/protobuf/timestamp.proto", "google/protobuf/wrappers.proto",
      ])
  }
}
