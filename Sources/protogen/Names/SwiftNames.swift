/// Names that Swift accepts where a proto name stood.
enum SwiftNames {
  private static let keywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer",
    "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
    "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil",
    "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return",
    "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
    "typealias", "var", "where", "while",
  ]

  /// What a message already has, or what cannot be a member at all.
  private static let takenProperties: Set<String> = ["self", "json", "hashValue"]

  /// Types of Swift and of RPCCore that a module-level type of the same name would hide.
  private static let takenTypes: Set<String> = [
    "Actor", "Any", "AnyObject", "Array", "Bool", "Character", "Clock", "Collection", "Comparable",
    "Dictionary", "Double", "Duration", "Equatable", "Error", "Executor", "Float", "Hashable",
    "Identifiable", "Indirect", "Int", "Int32", "Int64", "Iterator", "JSON", "Metadata", "Never",
    "Optional", "Range", "Result", "Self", "Sendable", "Sequence", "Set", "Span", "Status",
    "StatusCode", "String", "Task", "Type", "UInt32", "UInt64", "UInt8", "Void",
  ]

  /// A property, parameter or case, in backquotes when it is a keyword.
  static func member(_ name: String) -> String {
    keywords.contains(name) ? "`\(name)`" : name
  }

  static func property(_ field: String) -> String {
    let name = Words.lowerCamel(snake: field)
    return takenProperties.contains(name) ? name + "Field" : member(name)
  }

  /// Also for the case of a oneof.
  static func enumCase(_ name: String) -> String { name == "self" ? "selfValue" : member(name) }

  static func method(_ name: String) -> String { member(Words.lowerCamel(camel: name)) }

  /// A module-level type.
  static func type(_ name: String, prefix: String) -> String {
    let name = prefix + Words.upperCamel(camel: name)
    return takenTypes.contains(name) ? name + "Message" : name
  }

  /// A type within another.
  static func nestedType(_ name: String) -> String {
    let name = Words.upperCamel(camel: name)
    return takenTypes.contains(name) || name == "Protocol" ? name + "Value" : name
  }
}
