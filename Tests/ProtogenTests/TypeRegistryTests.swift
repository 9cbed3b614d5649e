import Testing

@testable import protogen

@Suite struct TypeRegistryTests {
  private static let arguments = [
    "--descriptor-set", "a", "--rewritten-set", "b", "--module", "M", "--c-module", "CM",
    "--swift-out", "s", "--c-out", "c", "--file", "t.proto",
  ]

  private func message(_ name: String, _ fields: [FieldModel] = []) -> MessageModel {
    MessageModel(
      name: name, fullName: "t.\(name)", fields: fields, oneofs: [], messages: [], enums: [],
      isMapEntry: false, comment: "")
  }

  private func field(_ name: String, of type: String, isRepeated: Bool = false) -> FieldModel {
    FieldModel(
      name: name, number: 1, type: .message, typeName: type, isRepeated: isRepeated, oneof: nil,
      isOptional: false, jsonName: name, comment: "")
  }

  private func registry(
    _ messages: [MessageModel], services: [ServiceModel] = [], file: String = "t.proto"
  ) throws -> TypeRegistry {
    let model = FileModel(
      name: file, package: "t", dependencies: [], messages: messages, enums: [],
      services: services, serialized: [])
    return try TypeRegistry([model], Options(Self.arguments))
  }

  @Test func `two messages of one Swift name are refused`() {
    #expect(throws: ProtogenError.self) {
      try registry([message("DdcAccount"), message("DDCAccount")])
    }
  }

  @Test func `a message called as a service's client is refused`() {
    let service = ServiceModel(name: "TopUp", fullName: "t.TopUp", methods: [], comment: "")
    #expect(throws: ProtogenError.self) {
      try registry([message("TopUpClient")], services: [service])
    }
  }

  @Test func `a package without a module is refused`() {
    #expect(throws: ProtogenError.self) { try registry([message("M")], file: "other.proto") }
  }

  @Test func `only a message that would store itself is kept behind a pointer`() throws {
    let chain = message("Chain", [field("next", of: "t.Link")])
    let link = message("Link", [field("back", of: "t.Chain"), field("tail", of: "t.Leaf")])
    let tree = message("Tree", [field("branches", of: "t.Tree", isRepeated: true)])
    let registry = try registry([chain, link, tree, message("Leaf")])
    #expect(registry.isRecursive(chain.fields[0], in: chain))
    #expect(registry.isRecursive(link.fields[0], in: link))
    #expect(!registry.isRecursive(link.fields[1], in: link))
    #expect(!registry.isRecursive(tree.fields[0], in: tree))
  }

  @Test func `flags that are missing, unknown or malformed are refused`() {
    for arguments in [
      [], ["--file"], ["--what", "x"], Self.arguments + ["--prefix", "t"],
      Self.arguments + ["--request-bytes-max", "t=0"],
    ] {
      #expect(throws: ProtogenError.self) { try Options(arguments) }
    }
  }
}
