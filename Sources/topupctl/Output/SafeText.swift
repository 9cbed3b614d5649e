internal import StrictJSON

/// Text from elsewhere, made fit for a terminal.
///
/// Names, descriptions and messages come from tenants, banks and servers: an escape sequence among
/// them must not move the cursor, set the title or paint over another line.
enum SafeText {
  /// Replaces what a terminal may act on: control characters, and marks that turn the direction of
  /// the text around.
  static func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.actsOnTerminals) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n", "\t", "\r": shown.append(" ")
      case let scalar where scalar.actsOnTerminals: shown.append("\u{FFFD}")
      default: shown.append(scalar)
      }
    }
    return String(shown)
  }

  /// How many columns a text takes: two for what East Asian scripts and emoji draw wide (Unicode
  /// Annex #11, in outline).
  static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + ($1.unicodeScalars.first.map(isWide) == true ? 2 : 1) }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
