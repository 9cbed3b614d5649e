/// A piece of a table: safe text and what it means.
struct Cell: Sendable, Hashable {
  let text: String
  let style: Style

  init(_ text: String, _ style: Style = .plain) {
    self.text = SafeText.shown(text)
    self.style = style
  }

  func rendered(isColoured: Bool) -> String { isColoured ? style.painted(text) : text }
}

extension Cell: ExpressibleByStringInterpolation {
  init(stringLiteral text: String) { self.init(text) }
}
