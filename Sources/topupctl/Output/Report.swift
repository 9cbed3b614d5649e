/// What a command has to say to a person: lines and tables, in order.
struct Report: Sendable {
  let isColoured: Bool
  private(set) var lines: [String] = []

  init(isColoured: Bool) { self.isColoured = isColoured }

  mutating func add(_ table: Table) { lines += table.lines(isColoured: isColoured) }

  mutating func add(_ line: Cell...) {
    lines.append(line.map { $0.rendered(isColoured: isColoured) }.joined())
  }

  /// A table under a title, a blank line before it; nothing when the table is empty.
  mutating func section(_ title: String, _ table: Table) {
    guard !table.rows.isEmpty else { return }
    if !lines.isEmpty { lines.append("") }
    add(Cell(title, .strong))
    add(table)
  }

  /// A list that may be empty, in which case it says so.
  mutating func list(_ table: Table, ifEmpty text: String) {
    if table.rows.isEmpty { add(Cell(text, .dim)) } else { add(table) }
  }
}
