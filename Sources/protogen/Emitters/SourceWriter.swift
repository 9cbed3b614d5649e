/// Source text, line by line, with its indentation.
struct SourceWriter {
  private(set) var text = ""
  private var level = 0

  var isEmpty: Bool { text.isEmpty }

  mutating func line(_ line: String = "") {
    if !line.isEmpty { text += String(repeating: "  ", count: level) + line }
    text += "\n"
  }

  /// A list between brackets: on one line where that fits 100 columns, else one item a line.
  mutating func list(_ head: String, _ items: [String], _ tail: String) {
    let flat = head + items.joined(separator: ", ") + tail
    guard flat.count + 2 * level > 100 else { return line(flat) }
    line(head)
    for (index, item) in items.enumerated() {
      line("  \(item)\(index == items.count - 1 ? "" : ",")")
    }
    line(tail)
  }

  /// A block in braces.
  mutating func block(_ head: String, _ body: (inout SourceWriter) -> Void) {
    line(head + " {")
    indented(body)
    line("}")
  }

  /// Lines one level further in.
  mutating func indented(_ body: (inout SourceWriter) -> Void) {
    level += 1
    body(&self)
    level -= 1
  }

  /// A proto comment as a doc comment.
  mutating func doc(_ comment: String) {
    var lines = comment.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
    for text in lines {
      let trimmed = text.reversed().drop(while: \.isWhitespace).reversed()
      line(trimmed.isEmpty ? "///" : "///\(trimmed.first == " " ? "" : " ")\(String(trimmed))")
    }
  }

  mutating func append(_ other: SourceWriter) { text += other.text }
}
