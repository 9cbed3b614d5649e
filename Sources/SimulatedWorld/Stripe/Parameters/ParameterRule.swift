import StrictJSON

/// What one parameter of an endpoint may hold.
indirect enum ParameterRule: Sendable {
  /// A text that is not empty. Stripe takes an empty one for the wish to unset the field, and
  /// refuses it where there is nothing to unset.
  case text
  case boolean
  case integer(ClosedRange<Int64>)
  case oneOf([String])
  /// Up to 50 texts under names of up to 40 characters (Stripe docs, "Metadata").
  case metadata
  /// Exactly these members.
  case table([String: ParameterRule])
  case list(ParameterRule, countMax: Int)
  /// A moment in seconds, or a table of `gt`, `gte`, `lt`, `lte`.
  case timeRange
  /// Was a parameter once; sending it is refused with a code of its own.
  case retired(code: String, message: String)

  /// - Throws: the refusal of the first thing wrong, in the order of names.
  func check(_ value: FormValue, name: String) throws(StripeFailure) {
    switch self {
    case .text:
      guard try !Self.text(value, name).isEmpty else {
        throw .invalid(
          "parameter_invalid_empty",
          "You passed an empty string for '\(name)'. It cannot be unset: leave it out.",
          param: name)
      }
    case .boolean:
      guard ["true", "false"].contains(try Self.text(value, name)) else {
        throw .invalid(nil, "Invalid boolean: \(name) must be true or false", param: name)
      }
    case .integer(let range): try Self.check(value, within: range, name: name)
    case .oneOf(let choices):
      guard choices.contains(try Self.text(value, name)) else {
        let list = choices.joined(separator: ", ")
        throw .invalid(nil, "Invalid \(name): must be one of \(list)", param: name)
      }
    case .metadata: try Self.checkMetadata(value, name: name)
    case .table(let rules):
      guard case .table(let members) = value else {
        throw .invalid("parameter_invalid_empty", "Invalid object: \(name)", param: name)
      }
      try ParameterSchema.check(members, rules: rules, within: name)
    case .list(let rule, let countMax):
      guard case .list(let elements) = value, elements.count <= countMax else {
        throw .invalid(nil, "Invalid array: \(name) (at most \(countMax))", param: name)
      }
      for (index, element) in elements.enumerated() {
        try rule.check(element, name: "\(name)[\(index)]")
      }
    case .timeRange:
      guard case .table(let members) = value else {
        return try Self.check(value, within: 0...Int64.max, name: name)
      }
      let moment = ParameterRule.integer(0...Int64.max)
      try ParameterSchema.check(
        members, rules: ["gt": moment, "gte": moment, "lt": moment, "lte": moment], within: name)
    case .retired(let code, let message): throw .invalid(code, message, param: name)
    }
  }

  private static func text(_ value: FormValue, _ name: String) throws(StripeFailure) -> String {
    guard case .text(let text) = value, text.utf8.count <= 5000 else {
      throw .invalid("parameter_invalid_string", "Invalid string: \(name)", param: name)
    }
    return text
  }

  private static func check(
    _ value: FormValue, within range: ClosedRange<Int64>, name: String
  ) throws(StripeFailure) {
    let text = try text(value, name)
    guard let number = Int64(text), String(number) == text else {
      throw .invalid("parameter_invalid_integer", "Invalid integer: \(text)", param: name)
    }
    guard range.contains(number) else {
      throw .invalid(
        "parameter_invalid_integer",
        "Invalid integer: \(name) must lie between \(range.lowerBound) and \(range.upperBound)",
        param: name)
    }
  }

  private static func checkMetadata(_ value: FormValue, name: String) throws(StripeFailure) {
    if case .text("") = value { return }  // Unsets all of it.
    guard case .table(let members) = value, members.count <= 50 else {
      throw .invalid(nil, "Invalid metadata: at most 50 keys", param: name)
    }
    for (key, member) in members.sorted(by: { $0.key < $1.key }) {
      let text = try text(member, "\(name)[\(key)]")
      guard key.count <= 40, text.count <= 500 else {
        throw .invalid(
          nil, "Invalid metadata: keys of 40 and values of 500 characters at most",
          param: "\(name)[\(key)]")
      }
    }
  }
}

/// The parameters that an endpoint knows.
struct ParameterSchema: Sendable {
  var rules: [String: ParameterRule]
  var required: [String] = []

  /// Refuses what the endpoint does not know, at every depth, then what is missing.
  func check(_ members: [String: FormValue]) throws(StripeFailure) {
    var rules = rules
    rules["expand"] = .list(.text, countMax: 20)
    try Self.check(members, rules: rules, within: nil)
    for name in required where members[name] == nil || members[name] == .text("") {
      throw .invalid("parameter_missing", "Missing required param: \(name).", param: name)
    }
  }

  static func check(
    _ members: [String: FormValue], rules: [String: ParameterRule], within parent: String?
  ) throws(StripeFailure) {
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      let full = parent.map { "\($0)[\(name)]" } ?? name
      guard let rule = rules[name] else {
        throw .invalid(
          "parameter_unknown", "Received unknown parameter: \(full)", param: full)
      }
      try rule.check(value, name: full)
    }
  }
}
