/// The copies between C structs and Swift values: one straight line per field.
struct WireEmitter {
  private let registry: TypeRegistry
  private let schema: SchemaEmitter
  private let module: String
  /// What the members of the message are called that is being emitted: they hide the functions of
  /// the module that have the same names.
  private var memberNames: Set<String> = []

  init(_ registry: TypeRegistry, _ schema: SchemaEmitter, module: String) {
    self.module = module
    self.registry = registry
    self.schema = schema
  }

  func emit(_ file: FileModel) -> SourceWriter {
    var source = SourceWriter()
    for message in file.messages { emit(message, to: &source) }
    return source
  }

  private func emit(_ message: MessageModel, to source: inout SourceWriter) {
    guard !message.isMapEntry else { return }
    if !source.isEmpty { source.line() }
    let stem = CNames.stem(message.fullName)
    let index = schema.indices[message.fullName] ?? 0
    source.block("extension \(registry.swiftName(message.fullName)): ProtobufMessage") { source in
      source.line("public static var fullName: String { \"\(message.fullName)\" }")
      source.block("public static var schema: MessageSchema") { source in
        source.line("MessageSchema(\(schema.tableName).shared, \(index))")
      }
      source.block("public static var descriptor: UnsafeRawPointer") { source in
        source.line("unsafe \(stem)__type()")
      }
      source.line()
      var emitter = self
      emitter.memberNames = Set(Member.members(of: message, registry).map(\.name))
      emitter.emitRead(message, to: &source)
      source.line()
      emitter.emitBuild(message, to: &source)
    }
    for inner in message.messages { emit(inner, to: &source) }
  }

  // MARK: C to Swift

  private func emitRead(_ message: MessageModel, to source: inout SourceWriter) {
    let members = Member.members(of: message, registry)
    source.block("public init(copying message: UnsafeRawPointer)") { source in
      source.line("self.init()")
      guard !members.isEmpty else { return }
      source.line(
        "let c = unsafe message.assumingMemoryBound(to: \(CNames.type(message.fullName)).self)")
      for member in members {
        switch member.source {
        case .field(let field): emitRead(field, member.name, to: &source)
        case .oneof(let index, let oneof):
          emitRead(oneof, index, member.name, of: message, to: &source)
        }
      }
    }
  }

  private func emitRead(_ field: FieldModel, _ name: String, to source: inout SourceWriter) {
    let cName = "c.pointee.\(CNames.field(field.name))"
    if let entry = registry.mapEntry(field) {
      return emitReadMap(field, entry, name, to: &source)
    }
    if field.isRepeated {
      let count = "c.pointee.n_\(field.name.lowercased())"
      if isCopiedAsIs(field.type) {
        source.line("self.\(name) = unsafe ProtobufArray.copy(\(cName), \(count))")
      } else if field.type == .message {
        let element = registry.elementType(field)
        source.line("self.\(name) = unsafe ProtobufArray.messages(\(cName), \(count)) {")
        source.line("  unsafe \(element)(copying: $0)")
        source.line("}")
      } else {
        let body = (field.type == .bool || field.type == .enum ? "" : "unsafe ") + read(field, "$0")
        source.line("self.\(name) = unsafe ProtobufArray.map(\(cName), \(count)) { \(body) }")
      }
      return
    }
    if field.isOptional, field.type != .message {
      let oneofCase = "c.pointee.\(CNames.oneofCase("_" + field.name))"
      source.block("if unsafe \(oneofCase).rawValue == \(field.number)") { source in
        source.line("self.\(name) = unsafe \(read(field, cName))")
      }
      return
    }
    if field.type == .message {
      let value = registry.elementType(field)
      source.block("if let value = unsafe \(cName)") { source in
        source.line("self.\(name) = unsafe \(value)(copying: value)")
      }
      return
    }
    source.line("self.\(name) = unsafe \(read(field, cName))")
  }

  private func emitRead(
    _ oneof: OneofModel, _ index: Int, _ name: String, of message: MessageModel,
    to source: inout SourceWriter
  ) {
    source.line("switch unsafe c.pointee.\(CNames.oneofCase(oneof.name)).rawValue {")
    for field in message.fields where field.oneof == index {
      let caseName = SwiftNames.enumCase(Words.lowerCamel(snake: field.name))
      let cName = "c.pointee.\(CNames.field(field.name))"
      if field.type == .message {
        let type = registry.elementType(field)
        source.line("case \(field.number):")
        source.line("  self.\(name) = unsafe \(cName).map {")
        source.line("    unsafe .\(caseName)(\(type)(copying: $0))")
        source.line("  }")
      } else {
        let value = read(field, cName)
        source.line("case \(field.number): self.\(name) = unsafe .\(caseName)(\(value))")
      }
    }
    source.line("default: break")
    source.line("}")
  }

  private func emitReadMap(
    _ field: FieldModel, _ entry: MessageModel, _ name: String, to source: inout SourceWriter
  ) {
    let cName = "c.pointee.\(CNames.field(field.name))"
    let (key, value) = (entry.fields[0], entry.fields[1])
    let count = "c.pointee.n_\(field.name.lowercased())"
    source.line("for (key, value) in unsafe ProtobufArray.messages(\(cName), \(count), { entry in")
    let (keyText, valueText) = (read(key, "entry.pointee.key"), read(value, "entry.pointee.value"))
    if value.type == .message {
      let type = registry.elementType(value)
      source.line("  let value = unsafe entry.pointee.value.map { unsafe \(type)(copying: $0) }")
      source.line("  return unsafe (\(keyText), value ?? \(type)())")
    } else {
      source.line("  unsafe (\(keyText), \(valueText))")
    }
    source.line("}) {")
    source.line("  self.\(name)[key] = value")
    source.line("}")
  }

  /// The Swift value of a C expression.
  private func read(_ field: FieldModel, _ expression: String) -> String {
    switch field.type {
    case .bool: "(\(expression) != 0)"
    case .enum:
      "\(registry.elementType(field))(rawValue: Int32(truncatingIfNeeded: \(expression).rawValue))"
    case .string: "\(helper("text"))(\(expression))"
    case .bytes: "\(helper("bytes"))(\(expression))"
    case .message, .group: "\(registry.elementType(field))(copying: \(expression))"
    default: expression
    }
  }

  /// A function of ``SupportEmitter``, as it is called from the message that is being emitted.
  private func helper(_ name: String) -> String {
    memberNames.contains(name) ? "\(module).\(name)" : name
  }

  /// Whether C and Swift hold the same type.
  private func isCopiedAsIs(_ type: FieldType) -> Bool {
    switch type {
    case .bool, .enum, .string, .bytes, .message, .group: false
    default: true
    }
  }

  // MARK: Swift to C

  private func emitBuild(_ message: MessageModel, to source: inout SourceWriter) {
    source.block(
      "public func build(in arena: inout MessageArena) -> UnsafeMutableRawPointer"
    ) { source in
      source.line("let c = unsafe arena.allocate(\(CNames.type(message.fullName)).self)")
      source.line("unsafe \(CNames.stem(message.fullName))__init(c)")
      for member in Member.members(of: message, registry) {
        switch member.source {
        case .field(let field): emitBuild(field, member.name, to: &source)
        case .oneof(let index, let oneof):
          emitBuild(oneof, index, member.name, of: message, to: &source)
        }
      }
      source.line("return UnsafeMutableRawPointer(c)")
    }
  }

  private func emitBuild(_ field: FieldModel, _ name: String, to source: inout SourceWriter) {
    let cName = "c.pointee.\(CNames.field(field.name))"
    if field.isRepeated {
      return emitBuildRepeated(field, name, to: &source)
    }
    if field.isOptional || field.type == .message {
      source.block("if let value = self.\(name)") { source in
        if field.isOptional, field.type != .message {
          let oneofCase = "c.pointee.\(CNames.oneofCase("_" + field.name))"
          source.line("unsafe \(oneofCase) = .init(rawValue: \(field.number))")
        }
        source.line("unsafe \(cName) = \(build(field, "value"))")
      }
      return
    }
    source.line("unsafe \(cName) = \(build(field, "self.\(name)"))")
  }

  private func emitBuildRepeated(
    _ field: FieldModel, _ name: String, to source: inout SourceWriter
  ) {
    let cName = "c.pointee.\(CNames.field(field.name))"
    source.block("if !self.\(name).isEmpty") { source in
      source.line("unsafe c.pointee.n_\(field.name.lowercased()) = self.\(name).count")
      if let entry = registry.mapEntry(field) {
        emitBuildMap(entry, name, cName, to: &source)
      } else if isCopiedAsIs(field.type) {
        source.line("unsafe \(cName) = arena.array(self.\(name))")
      } else {
        let head = usesArena(field) ? "value, arena in unsafe" : "value, _ in"
        let body = build(field, "value")
        source.line("unsafe \(cName) = arena.array(self.\(name)) { \(head) \(body) }")
      }
    }
  }

  private func emitBuildMap(
    _ entry: MessageModel, _ name: String, _ cName: String, to source: inout SourceWriter
  ) {
    let (key, value) = (entry.fields[0], entry.fields[1])
    let order =
      switch key.type {
      case .string: "$0.key.utf8.lexicographicallyPrecedes($1.key.utf8)"
      case .bool: "!$0.key && $1.key"
      default: "$0.key < $1.key"
      }
    source.line(
      "unsafe \(cName) = arena.array(self.\(name).sorted { \(order) }) { pair, arena in")
    source.indented { source in
      source.line("let entry = unsafe arena.allocate(\(CNames.type(entry.fullName)).self)")
      source.line("unsafe \(CNames.stem(entry.fullName))__init(entry)")
      source.line("unsafe entry.pointee.key = \(build(key, "pair.key"))")
      source.line("unsafe entry.pointee.value = \(build(value, "pair.value"))")
      source.line("return unsafe entry")
    }
    source.line("}")
  }

  private func emitBuild(
    _ oneof: OneofModel, _ index: Int, _ name: String, of message: MessageModel,
    to source: inout SourceWriter
  ) {
    let oneofCase = "c.pointee.\(CNames.oneofCase(oneof.name))"
    source.line("switch self.\(name) {")
    for field in message.fields where field.oneof == index {
      let caseName = SwiftNames.enumCase(Words.lowerCamel(snake: field.name))
      source.line("case .\(caseName)(let value):")
      source.line("  unsafe \(oneofCase) = .init(rawValue: \(field.number))")
      source.line(
        "  unsafe c.pointee.\(CNames.field(field.name)) = \(build(field, "value"))")
    }
    source.line("case nil: break")
    source.line("}")
  }

  /// The C value of a Swift expression.
  private func build(_ field: FieldModel, _ expression: String) -> String {
    switch field.type {
    case .bool: "\(expression) ? 1 : 0"
    case .enum: ".init(rawValue: .init(truncatingIfNeeded: \(expression).rawValue))"
    case .string, .bytes: "\(helper("data"))(\(expression), in: &arena)"
    case .message, .group: "\(helper("pointer"))(\(expression).build(in: &arena))"
    default: expression
    }
  }

  private func usesArena(_ field: FieldModel) -> Bool {
    switch field.type {
    case .string, .bytes, .message, .group: true
    default: false
    }
  }
}
