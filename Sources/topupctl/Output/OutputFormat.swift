internal import ArgumentParser

/// How answers are printed on standard output.
enum OutputFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// For people.
  case table
  /// One document, indented; the field names are those of the contract's JSON form.
  case json
  /// One object a line, for streams and lists.
  case jsonl
}

/// How failures are printed on standard error.
enum ErrorFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
  case text
  case json
}

/// When colours are used.
enum ColorChoice: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// On a terminal, unless NO_COLOR is set.
  case auto
  case always
  case never

  /// - Parameters:
  ///   - isTerminal: whether a person looks at the output.
  ///   - noColor: the variable NO_COLOR, nil when unset or empty (no-color.org).
  ///   - terminal: the variable TERM.
  func isColoured(isTerminal: Bool, noColor: String?, terminal: String?) -> Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto: isTerminal && noColor == nil && terminal != "dumb"
    }
  }
}
