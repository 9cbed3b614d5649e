/// The Swift cases of an enum: values less the prefix that names the enum, aliases apart.
struct EnumCases {
  struct Value {
    let name: String
    let protoName: String
    let number: Int32
    let comment: String
  }

  struct Alias {
    let name: String
    let target: String
    let comment: String
  }

  private(set) var values: [Value] = []
  private(set) var aliases: [Alias] = []

  init(_ model: EnumModel) {
    let prefix = Words.upperSnake(camel: model.name) + "_"
    for value in model.values {
      let name = Self.name(value.name, prefix: prefix)
      if let first = values.first(where: { $0.number == value.number }) {
        aliases.append(Alias(name: name, target: first.name, comment: value.comment))
      } else {
        values.append(
          Value(
            name: name, protoName: value.name, number: value.number, comment: value.comment))
      }
    }
  }

  private static func name(_ value: String, prefix: String) -> String {
    var rest = Substring(value)
    if value.hasPrefix(prefix), value.dropFirst(prefix.count).first?.isLetter == true {
      rest = value.dropFirst(prefix.count)
    }
    return SwiftNames.enumCase(Words.lowerCamel(snake: String(rest)))
  }
}
