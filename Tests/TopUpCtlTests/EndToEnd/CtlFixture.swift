import StrictJSON
import TestSupport

/// Command lines that many tests share.
enum CtlFixture {
  static let account = [
    "--cluster", "0x0059f5ada35eee46802d80750d5ca4a490640511", "--owner",
    "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi",
  ]
  static let payer = ["--payer-tenant", "console", "--payer-user", "42"]
}

extension Subprocess {
  /// The lines of the output, without the last one's end.
  var lines: [Substring] {
    output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  }

  /// The output as one JSON document; nil when it is none.
  var json: JSON? { try? JSON(parsing: Array(output.utf8)) }

  /// Each line as a JSON document; nil where it is none.
  var jsonLines: [JSON?] { lines.map { try? JSON(parsing: Array($0.utf8)) } }
}
