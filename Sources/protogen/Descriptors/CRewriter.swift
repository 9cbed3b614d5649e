import RPCCore

/// Makes a descriptor set digestible for protoc-c 1.4.1.
///
/// - `proto3_optional` is cleared, for protoc-c refuses it; its synthetic oneof stays, so that
///   presence survives as the case of a oneof with one member.
/// - `string` becomes `bytes`: a C string ends at the first NUL, bytes carry their length.
/// - `map_entry` is cleared: a map whose key has become `bytes` is none that protoc would accept,
///   and on the wire a map is a repeated message anyhow.
/// - Comments are dropped; they belong into the Swift code.
enum CRewriter {
  static func rewrite(_ set: [UInt8]) throws(MessageError) -> [UInt8] {
    var tree = try WireTree(set)
    try tree.edit(1) { file throws(MessageError) in
      file.remove(9)
      try file.edit(4, message)
    }
    return tree.bytes
  }

  private static func message(_ message: inout WireTree) throws(MessageError) {
    try message.edit(2) { field in
      field.remove(17)
      if field.int32(5) == FieldType.string.rawValue {
        field.setVarint(5, UInt64(FieldType.bytes.rawValue))
      }
    }
    try message.edit(3, Self.message)
    try message.edit(7) { options in options.remove(7) }
  }
}
