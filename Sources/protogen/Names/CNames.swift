/// The names that protoc-c 1.4.1 gives.
///
/// - Source: protobuf-c, protoc-c/c_helpers.cc: `FullNameToC`, `FullNameToLower`, `FieldName`.
enum CNames {
  /// C++'s keywords: a field called so gets an underscore.
  private static let keywords: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
    "class", "compl", "const", "const_cast", "continue", "default", "delete", "do", "double",
    "dynamic_cast", "else", "enum", "explicit", "extern", "false", "float", "for", "friend",
    "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "not_eq",
    "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast",
    "return", "short", "signed", "sizeof", "static", "static_cast", "struct", "switch", "template",
    "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using",
    "virtual", "void", "volatile", "while", "xor", "xor_eq",
  ]

  /// The struct of a message: `topup.v1.Money` is `Topup__V1__Money`.
  static func type(_ fullName: String) -> String {
    fullName.split(separator: ".").map { camel(String($0)) }.joined(separator: "__")
  }

  /// The stem of a message's functions: `topup.v1.Money` is `topup__v1__money`.
  static func stem(_ fullName: String) -> String {
    fullName.split(separator: ".").map { lower(String($0)) }.joined(separator: "__")
  }

  /// The member of a struct, as Swift spells it.
  static func field(_ name: String) -> String {
    let name = name.lowercased()
    if name == "self" || name == "init" { return "`\(name)`" }
    return keywords.contains(name) ? name + "_" : name
  }

  /// The member that says which one of a oneof is set.
  static func oneofCase(_ name: String) -> String { lower(name) + "_case" }

  private static func camel(_ name: String) -> String {
    var result = ""
    var startsWord = true
    for letter in name {
      if letter == "_" {
        startsWord = true
      } else {
        result += startsWord ? letter.uppercased() : String(letter)
        startsWord = false
      }
    }
    return result
  }

  private static func lower(_ name: String) -> String {
    var result = ""
    var wasUpper = true
    for letter in name {
      let isUpper = letter.isUppercase
      if isUpper, !wasUpper { result += "_" }
      result += letter.lowercased()
      wasUpper = isUpper
    }
    return result
  }
}
