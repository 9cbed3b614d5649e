/// The import lines of each part of a module: public where a public declaration needs it, and only
/// there, for the compiler warns of the rest.
struct Imports {
  private let registry: TypeRegistry
  private let options: Options

  init(_ registry: TypeRegistry, _ options: Options) {
    self.registry = registry
    self.options = options
  }

  func types(_ file: FileModel) -> [String] {
    var modules = Self.all(file.messages).reduce(into: Set<String>()) { modules, message in
      modules.formUnion(modulesOfFields(message))
    }
    if !file.enums.isEmpty || Self.all(file.messages).contains(where: { !$0.enums.isEmpty }) {
      modules.insert("ProtobufRuntime")
    }
    return lines(public: modules, internal: ["ProtobufRuntime"])
  }

  func wire(_ file: FileModel) -> [String] {
    lines(
      public: ["ProtobufRuntime", "ProtobufWire"],
      internal: Set(options.importedModules.values).union(["CProtobuf", options.cModule]))
  }

  func json(_ file: FileModel) -> [String] {
    lines(
      public: ["StrictJSON"],
      internal: Set(options.importedModules.values).union(["ProtobufRuntime"]))
  }

  func services(_ file: FileModel) -> [String] {
    let types = file.services.flatMap(\.methods).flatMap { [$0.input, $0.output] }
    return lines(public: Set(types.compactMap(module)).union(["RPCCore"]), internal: [])
  }

  var schema: [String] { lines(public: [], internal: ["ProtobufWire"]) }

  var files: [String] { lines(public: ["ProtobufRuntime"], internal: [options.cModule]) }

  var support: [String] {
    lines(public: [], internal: ["ProtobufRuntime", "CProtobuf", options.cModule])
  }

  private func lines(public own: Set<String>, internal others: Set<String>) -> [String] {
    own.union(others).subtracting([options.module]).sorted().map {
      "\(own.contains($0) ? "public" : "internal") import \($0)"
    }
  }

  private func modulesOfFields(_ message: MessageModel) -> [String] {
    message.fields.flatMap { field in
      (registry.mapEntry(field)?.fields ?? [field]).map(\.typeName).compactMap(module)
    }
  }

  private func module(of type: String) -> String? {
    registry.messages[type]?.module ?? registry.enums[type]?.module
  }

  /// Messages and those inside them.
  private static func all(_ messages: [MessageModel]) -> [MessageModel] {
    messages.flatMap { [$0] + all($0.messages) }
  }
}
