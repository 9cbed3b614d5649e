/// What a piece of text means; shown as a colour on a terminal only.
enum Style: Sendable, Hashable {
  case plain
  /// Headers and labels.
  case dim
  /// Final, and well.
  case good
  /// Final, and not well.
  case bad
  /// Not at its end, or waiting for someone.
  case waiting
  case strong

  /// The text between the codes that set the style and take it back (ECMA-48 §8.3.117, SGR).
  func painted(_ text: String) -> String {
    if text.isEmpty { return text }
    switch self {
    case .plain: return text
    case .dim: return "\u{1B}[2m\(text)\u{1B}[0m"
    case .good: return "\u{1B}[32m\(text)\u{1B}[0m"
    case .bad: return "\u{1B}[31m\(text)\u{1B}[0m"
    case .waiting: return "\u{1B}[33m\(text)\u{1B}[0m"
    case .strong: return "\u{1B}[1m\(text)\u{1B}[0m"
    }
  }
}
