import ProtobufWire
import RPCCore

/// A protobuf message of unknown type, field by field, for reading and for editing.
///
/// What is not edited keeps its bytes: a descriptor set passes through unharmed by options that
/// nobody here knows.
struct WireTree {
  /// One field as it stands in the bytes.
  struct Record {
    let number: UInt32
    let form: WireForm
    /// Tag and value.
    var bytes: [UInt8]
    /// The value of a length-delimited field, less its length.
    var content: [UInt8]
    /// The value of a varint.
    let varint: UInt64
  }

  private(set) var records: [Record] = []

  init(_ bytes: [UInt8]) throws(MessageError) {
    let span = unsafe bytes.span.bytes
    var reader = WireReader(from: 0, to: bytes.count)
    while !reader.isAtEnd {
      let start = reader.position
      let (number, form) = try reader.tag(in: span)
      var content: [UInt8] = []
      var varint: UInt64 = 0
      switch form {
      case .varint: varint = try reader.varint(in: span)
      case .lengthDelimited:
        let length = try reader.length(in: span)
        content = Array(bytes[reader.position..<reader.position + length])
        try reader.skip(length)
      case .fixed32, .fixed64: try reader.skipValue(form, in: span)
      }
      records.append(
        Record(
          number: number, form: form, bytes: Array(bytes[start..<reader.position]),
          content: content, varint: varint))
    }
  }

  var bytes: [UInt8] { records.flatMap(\.bytes) }

  // MARK: Reading

  func contents(_ number: UInt32) -> [[UInt8]] {
    records.filter { $0.number == number && $0.form == .lengthDelimited }.map(\.content)
  }

  func texts(_ number: UInt32) -> [String] {
    contents(number).map { String(decoding: $0, as: UTF8.self) }
  }

  func text(_ number: UInt32) -> String? { texts(number).last }

  func trees(_ number: UInt32) throws(MessageError) -> [WireTree] {
    var trees: [WireTree] = []
    for content in contents(number) { trees.append(try WireTree(content)) }
    return trees
  }

  func varint(_ number: UInt32) -> UInt64? {
    records.last { $0.number == number && $0.form == .varint }?.varint
  }

  func int32(_ number: UInt32) -> Int32? { varint(number).map { Int32(truncatingIfNeeded: $0) } }

  func bool(_ number: UInt32) -> Bool { varint(number).map { $0 != 0 } ?? false }

  // MARK: Editing

  mutating func remove(_ number: UInt32) { records.removeAll { $0.number == number } }

  /// Gives a field another number as its value, where it stands or at the end.
  mutating func setVarint(_ number: UInt32, _ value: UInt64) {
    var bytes: [UInt8] = []
    Self.append(UInt64(number) << 3, to: &bytes)
    Self.append(value, to: &bytes)
    replaceOrAppend(
      Record(number: number, form: .varint, bytes: bytes, content: [], varint: value))
  }

  /// Edits every sub-message of a number.
  mutating func edit(
    _ number: UInt32, _ body: (inout WireTree) throws(MessageError) -> Void
  ) throws(MessageError) {
    for index in records.indices where records[index].number == number {
      var tree = try WireTree(records[index].content)
      try body(&tree)
      records[index].content = tree.bytes
      var bytes: [UInt8] = []
      Self.append(UInt64(number) << 3 | UInt64(WireForm.lengthDelimited.rawValue), to: &bytes)
      Self.append(UInt64(records[index].content.count), to: &bytes)
      records[index].bytes = bytes + records[index].content
    }
  }

  private mutating func replaceOrAppend(_ record: Record) {
    if let index = records.firstIndex(where: { $0.number == record.number }) {
      records[index] = record
    } else {
      records.append(record)
    }
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }
}
