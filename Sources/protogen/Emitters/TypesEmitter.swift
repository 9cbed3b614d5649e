/// The types themselves: what users of the API read.
struct TypesEmitter {
  private let registry: TypeRegistry

  init(_ registry: TypeRegistry) { self.registry = registry }

  func emit(_ file: FileModel) -> SourceWriter {
    var source = SourceWriter()
    for model in file.enums { emit(model, to: &source, before: source.isEmpty) }
    for model in file.messages { emit(model, to: &source, before: source.isEmpty) }
    return source
  }

  // MARK: Enums

  private func emit(_ model: EnumModel, to source: inout SourceWriter, before isFirst: Bool) {
    if !isFirst { source.line() }
    let name = registry.swiftName(model.fullName).split(separator: ".").last.map(String.init) ?? ""
    let cases = EnumCases(model)
    source.doc(model.comment)
    source.block("public enum \(name): ProtobufEnum") { source in
      for value in cases.values {
        source.doc(value.comment)
        source.line("case \(value.name)")
      }
      source.line("/// A value that a newer version of the contract knows.")
      source.line("case unrecognized(Int32)")
      for alias in cases.aliases {
        source.line()
        source.doc(alias.comment)
        source.line("public static var \(alias.name): Self { .\(alias.target) }")
      }
      source.line()
      source.line("public init() { self = .\(cases.values[0].name) }")
      source.line()
      source.block("public init(rawValue: Int32)") { source in
        source.line("switch rawValue {")
        for value in cases.values {
          source.line("case \(value.number): self = .\(value.name)")
        }
        source.line("default: self = .unrecognized(rawValue)")
        source.line("}")
      }
      source.line()
      source.block("public var rawValue: Int32") { source in
        source.line("switch self {")
        for value in cases.values { source.line("case .\(value.name): \(value.number)") }
        source.line("case .unrecognized(let value): value")
        source.line("}")
      }
      source.line()
      source.block("public var protoName: String?") { source in
        source.line("switch self {")
        for value in cases.values {
          source.line("case .\(value.name): \"\(value.protoName)\"")
        }
        source.line("case .unrecognized: nil")
        source.line("}")
      }
      source.line()
      source.block("public static var allCases: [Self]") { source in
        source.list("[", cases.values.map { "." + $0.name }, "]")
      }
    }
  }

  // MARK: Messages

  private func emit(_ model: MessageModel, to source: inout SourceWriter, before isFirst: Bool) {
    guard !model.isMapEntry else { return }
    if !isFirst { source.line() }
    let name = registry.swiftName(model.fullName).split(separator: ".").last.map(String.init) ?? ""
    source.doc(model.comment)
    source.block("public struct \(name): Sendable, Hashable") { source in
      let members = Member.members(of: model, registry)
      for member in members { emit(member, to: &source) }
      if !members.isEmpty { source.line() }
      source.line("public init() {}")
      if !members.isEmpty {
        source.line()
        emitInit(members, to: &source)
      }
      for (index, oneof) in model.oneofs.enumerated() {
        emit(oneof, index, of: model, to: &source)
      }
      for inner in model.enums { emit(inner, to: &source, before: false) }
      for inner in model.messages { emit(inner, to: &source, before: false) }
    }
  }

  private func emit(_ member: Member, to source: inout SourceWriter) {
    guard member.isIndirect else {
      source.doc(member.comment)
      source.line("public var \(member.name): \(member.type) = \(member.initial)")
      return
    }
    let element = member.type.dropLast()
    source.doc(member.comment)
    source.block("public var \(member.name): \(member.type)") { source in
      source.line("get { \(member.storedName)?.value }")
      source.line("set { \(member.storedName) = newValue.map(Indirect.value) }")
    }
    source.line("private var \(member.storedName): Indirect<\(element)>?")
  }

  private func emitInit(_ members: [Member], to source: inout SourceWriter) {
    source.list(
      "public init(", members.map { "\($0.name): \($0.type) = \($0.initial)" }, ") {")
    source.indented { source in
      for member in members { source.line("self.\(member.name) = \(member.name)") }
    }
    source.line("}")
  }

  private func emit(
    _ oneof: OneofModel, _ index: Int, of model: MessageModel, to source: inout SourceWriter
  ) {
    source.line()
    source.doc(oneof.comment)
    let name = registry.oneofType(oneof, of: model)
    source.block("public enum \(name): Sendable, Hashable") { source in
      for field in model.fields where field.oneof == index {
        source.doc(field.comment)
        let indirect = registry.isRecursive(field, in: model) ? "indirect " : ""
        let name = Words.lowerCamel(snake: field.name)
        source.line(
          "\(indirect)case \(SwiftNames.enumCase(name))(\(registry.elementType(field)))")
      }
    }
  }
}
