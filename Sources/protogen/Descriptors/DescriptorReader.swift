import RPCCore

/// Reads the files of a `google.protobuf.FileDescriptorSet`.
///
/// Field numbers are those of google/protobuf/descriptor.proto.
struct DescriptorReader {
  private let comments: Comments

  static func files(in set: [UInt8]) throws -> [FileModel] {
    try WireTree(set).trees(1).map { try file($0) }
  }

  private static func file(_ tree: WireTree) throws -> FileModel {
    let name = tree.text(1) ?? ""
    guard tree.text(12) == "proto3" else { throw ProtogenError.notProto3(name) }
    let package = tree.text(2) ?? ""
    let isWellKnown = package == WellKnownTypes.package
    let reader = DescriptorReader(comments: try Comments(isWellKnown ? [] : try tree.trees(9)))
    var bare = tree
    bare.remove(9)
    return FileModel(
      name: name, package: package, dependencies: tree.texts(3),
      messages: try reader.messages(tree.trees(4), scope: package, path: [4]),
      enums: try reader.enums(tree.trees(5), scope: package, path: [5]),
      services: try tree.trees(6).enumerated().map { index, tree in
        try reader.service(tree, scope: package, path: [6, Int32(index)])
      },
      serialized: bare.bytes)
  }

  private func messages(
    _ trees: [WireTree], scope: String, path: [Int32]
  ) throws -> [MessageModel] {
    try trees.enumerated().map { index, tree in
      try message(tree, scope: scope, path: path + [Int32(index)])
    }
  }

  private func message(_ tree: WireTree, scope: String, path: [Int32]) throws -> MessageModel {
    let name = tree.text(1) ?? ""
    let fullName = "\(scope).\(name)"
    let fields = try tree.trees(2).enumerated().map { index, tree in
      try field(tree, of: fullName, comment: comments[path + [2, Int32(index)]])
    }
    let oneofNames = try tree.trees(8).map { $0.text(1) ?? "" }
    let synthetic = fields.filter(\.isOptional).count
    let oneofs = oneofNames.dropLast(synthetic).enumerated().map { index, name in
      OneofModel(name: name, comment: comments[path + [8, Int32(index)]])
    }
    return MessageModel(
      name: name, fullName: fullName, fields: fields, oneofs: oneofs,
      messages: try messages(try tree.trees(3), scope: fullName, path: path + [3]),
      enums: try enums(try tree.trees(4), scope: fullName, path: path + [4]),
      isMapEntry: try tree.trees(7).contains { $0.bool(7) },
      comment: WellKnownTypes.docs[fullName] ?? comments[path])
  }

  private func field(_ tree: WireTree, of message: String, comment: String) throws -> FieldModel {
    let name = tree.text(1) ?? ""
    guard let number = tree.int32(3), let type = tree.int32(5).flatMap(FieldType.init),
      type != .group
    else { throw ProtogenError.unsupported("field \(message).\(name)") }
    let isOptional = tree.bool(17)
    return FieldModel(
      name: name, number: number, type: type,
      typeName: String((tree.text(6) ?? "").drop { $0 == "." }), isRepeated: tree.int32(4) == 3,
      oneof: isOptional ? nil : tree.int32(9).map(Int.init), isOptional: isOptional,
      jsonName: tree.text(10) ?? name,
      comment: WellKnownTypes.docs["\(message).\(name)"] ?? comment)
  }

  private func enums(_ trees: [WireTree], scope: String, path: [Int32]) throws -> [EnumModel] {
    try trees.enumerated().map { index, tree in
      let path = path + [Int32(index)]
      let name = tree.text(1) ?? ""
      return EnumModel(
        name: name, fullName: "\(scope).\(name)",
        values: try tree.trees(2).enumerated().map { index, tree in
          EnumValueModel(
            name: tree.text(1) ?? "", number: tree.int32(2) ?? 0,
            comment: comments[path + [2, Int32(index)]])
        }, comment: comments[path])
    }
  }

  private func service(_ tree: WireTree, scope: String, path: [Int32]) throws -> ServiceModel {
    let name = tree.text(1) ?? ""
    return ServiceModel(
      name: name, fullName: "\(scope).\(name)",
      methods: try tree.trees(2).enumerated().map { index, tree in
        MethodModel(
          name: tree.text(1) ?? "", input: String((tree.text(2) ?? "").dropFirst()),
          output: String((tree.text(3) ?? "").dropFirst()), streamsRequests: tree.bool(5),
          streamsResponses: tree.bool(6), comment: comments[path + [2, Int32(index)]])
      }, comment: comments[path])
  }
}
