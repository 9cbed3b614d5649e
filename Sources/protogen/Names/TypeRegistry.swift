/// Every message and enum of a descriptor set, with its Swift name.
struct TypeRegistry {
  /// A type and where Swift finds it.
  struct Entry<Model> {
    let model: Model
    let swiftName: String
    /// nil for the module that is being generated.
    let module: String?
  }

  private(set) var messages: [String: Entry<MessageModel>] = [:]
  private(set) var enums: [String: Entry<EnumModel>] = [:]
  private let recursive: RecursionFinder

  init(_ files: [FileModel], _ options: Options) throws(ProtogenError) {
    recursive = RecursionFinder(files)
    var taken: Set<String> = []
    for file in files {
      let prefix = options.prefixes[file.package] ?? ""
      let isGenerated = options.files.contains(file.name)
      let module = isGenerated ? nil : options.importedModules[file.package]
      guard isGenerated || module != nil else { throw .unknownType("package \(file.package)") }
      for model in file.enums {
        let name = SwiftNames.type(model.name, prefix: prefix)
        enums[model.fullName] = Entry(model: model, swiftName: name, module: module)
        if isGenerated { try Self.take(name, &taken) }
      }
      for model in file.messages {
        let name = SwiftNames.type(model.name, prefix: prefix)
        register(model, name, module)
        if isGenerated { try Self.take(name, &taken) }
      }
      for service in file.services where isGenerated {
        let names = ServiceNames(service, prefix: prefix)
        for name in [names.methods, names.serviceProtocol, names.client] {
          try Self.take(name, &taken)
        }
      }
    }
  }

  private static func take(_ name: String, _ taken: inout Set<String>) throws(ProtogenError) {
    guard taken.insert(name).inserted else { throw .nameTaken(name) }
  }

  private mutating func register(_ model: MessageModel, _ name: String, _ module: String?) {
    messages[model.fullName] = Entry(model: model, swiftName: name, module: module)
    for inner in model.enums {
      enums[inner.fullName] = Entry(
        model: inner, swiftName: "\(name).\(SwiftNames.nestedType(inner.name))", module: module)
    }
    for inner in model.messages {
      register(inner, "\(name).\(SwiftNames.nestedType(inner.name))", module)
    }
  }

  /// The Swift type of a message or enum.
  func swiftName(_ fullName: String) -> String {
    messages[fullName]?.swiftName ?? enums[fullName]?.swiftName ?? fullName
  }

  /// The map entry that a field repeats, when it is a map.
  func mapEntry(_ field: FieldModel) -> MessageModel? {
    guard field.type == .message, field.isRepeated,
      let model = messages[field.typeName]?.model, model.isMapEntry
    else { return nil }
    return model
  }

  /// Whether a message stored straight in a field would contain itself.
  func isRecursive(_ field: FieldModel, in message: MessageModel) -> Bool {
    field.type == .message && !field.isRepeated
      && recursive.reaches(message.fullName, from: field.typeName)
  }

  /// The Swift type of one value of a field.
  func elementType(_ field: FieldModel) -> String {
    switch field.type {
    case .double: "Double"
    case .float: "Float"
    case .int64, .sint64, .sfixed64: "Int64"
    case .uint64, .fixed64: "UInt64"
    case .int32, .sint32, .sfixed32: "Int32"
    case .uint32, .fixed32: "UInt32"
    case .bool: "Bool"
    case .string: "String"
    case .bytes: "[UInt8]"
    case .message, .group, .enum: swiftName(field.typeName)
    }
  }

  /// The type of a field's property and the value it begins with.
  func property(_ field: FieldModel) -> (type: String, initial: String) {
    if let entry = mapEntry(field) {
      return ("[\(elementType(entry.fields[0])): \(elementType(entry.fields[1]))]", "[:]")
    }
    let element = elementType(field)
    if field.isRepeated { return ("[\(element)]", "[]") }
    if field.isOptional || field.type == .message { return ("\(element)?", "nil") }
    switch field.type {
    case .bool: return (element, "false")
    case .string: return (element, "\"\"")
    case .bytes: return (element, "[]")
    case .enum: return (element, "\(element)()")
    default: return (element, "0")
    }
  }

  /// The Swift type of a oneof, within its message.
  func oneofType(_ oneof: OneofModel, of message: MessageModel) -> String {
    let name = SwiftNames.nestedType(Words.upperCamel(snake: oneof.name))
    let taken = message.messages.map(\.name) + message.enums.map(\.name)
    return taken.contains(name) ? name + "OneOf" : name
  }
}
