internal import ArgumentParser

/// How a statement is written.
enum StatementFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// RFC 4180, with a header; lines end with LF.
  case csv
  /// One document.
  case json
}
