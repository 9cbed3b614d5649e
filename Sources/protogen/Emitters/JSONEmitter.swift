/// The proto3 JSON mapping of each message, for people and scripts.
struct JSONEmitter {
  /// Types whose JSON is no object of their fields; the runtime has it by hand.
  private static let handwritten: Set<String> = [
    "google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.Any",
    "google.protobuf.DoubleValue", "google.protobuf.FloatValue", "google.protobuf.Int64Value",
    "google.protobuf.UInt64Value", "google.protobuf.Int32Value", "google.protobuf.UInt32Value",
    "google.protobuf.BoolValue", "google.protobuf.StringValue", "google.protobuf.BytesValue",
  ]

  private let registry: TypeRegistry

  init(_ registry: TypeRegistry) { self.registry = registry }

  func emit(_ file: FileModel) -> SourceWriter {
    var source = SourceWriter()
    for message in file.messages { emit(message, to: &source) }
    return source
  }

  private func emit(_ message: MessageModel, to source: inout SourceWriter) {
    guard !message.isMapEntry, !Self.handwritten.contains(message.fullName) else { return }
    if !source.isEmpty { source.line() }
    let members = Member.members(of: message, registry)
    source.block("extension \(registry.swiftName(message.fullName))") { source in
      source.block("public var json: JSON") { source in
        source.line("\(members.isEmpty ? "let" : "var") object = JSONObject()")
        for member in members {
          switch member.source {
          case .field(let field): emit(field, member.name, to: &source)
          case .oneof(let index, _): emit(index, member.name, of: message, to: &source)
          }
        }
        source.line("return .object(object)")
      }
    }
    for inner in message.messages { emit(inner, to: &source) }
  }

  private func emit(_ field: FieldModel, _ name: String, to source: inout SourceWriter) {
    let target = "object[\"\(field.jsonName)\"]"
    if let entry = registry.mapEntry(field) {
      let key = entry.fields[0].type == .string ? "pair.key" : "String(pair.key)"
      source.block("if !self.\(name).isEmpty") { source in
        source.line("\(target) = ProtobufJSON.map(self.\(name)) { pair in")
        source.line("  (\(key), \(value(entry.fields[1], "pair.value")))")
        source.line("}")
      }
    } else if field.isRepeated {
      source.block("if !self.\(name).isEmpty") { source in
        source.line("\(target) = .array(self.\(name).map { \(value(field, "$0")) })")
      }
    } else if field.isOptional || field.type == .message {
      source.line("if let value = self.\(name) { \(target) = \(value(field, "value")) }")
    } else {
      source.line(
        "if \(isPresent(field, "self.\(name)")) { \(target) = \(value(field, "self.\(name)")) }")
    }
  }

  private func emit(
    _ index: Int, _ name: String, of message: MessageModel, to source: inout SourceWriter
  ) {
    source.line("switch self.\(name) {")
    for field in message.fields where field.oneof == index {
      let caseName = SwiftNames.enumCase(Words.lowerCamel(snake: field.name))
      let json = value(field, "value")
      source.line("case .\(caseName)(let value): object[\"\(field.jsonName)\"] = \(json)")
    }
    source.line("case nil: break")
    source.line("}")
  }

  private func isPresent(_ field: FieldModel, _ expression: String) -> String {
    switch field.type {
    case .bool: expression
    case .string, .bytes: "!\(expression).isEmpty"
    case .enum: "\(expression).rawValue != 0"
    default: "\(expression) != 0"
    }
  }

  private func value(_ field: FieldModel, _ expression: String) -> String {
    switch field.type {
    case .double, .float: "ProtobufJSON.float(\(expression))"
    case .int64, .uint64, .sint64, .fixed64, .sfixed64: ".string(String(\(expression)))"
    case .int32, .uint32, .sint32, .fixed32, .sfixed32: ".integer(\(expression))"
    case .bool: ".bool(\(expression))"
    case .string: ".string(\(expression))"
    case .bytes: "ProtobufJSON.bytes(\(expression))"
    case .enum: "ProtobufJSON.enumeration(\(expression))"
    case .message, .group: "\(expression).json"
    }
  }
}
