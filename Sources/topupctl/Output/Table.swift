/// Columns that line up, two blanks between them, and nothing else.
///
/// A column without a single entry is left out.
struct Table: Sendable {
  struct Column: Sendable, ExpressibleByStringLiteral {
    let title: String
    let isTrailing: Bool

    init(stringLiteral title: String) { self.init(title, isTrailing: false) }

    private init(_ title: String, isTrailing: Bool) {
      self.title = title
      self.isTrailing = isTrailing
    }

    /// A column of numbers: its entries end together.
    static func trailing(_ title: String) -> Column { Column(title, isTrailing: true) }
  }

  private let columns: [Column]
  private let hasHeader: Bool
  private(set) var rows: [[Cell]] = []

  init(_ columns: Column...) {
    self.columns = columns
    hasHeader = true
  }

  /// Columns without titles.
  init(untitled count: Int) {
    columns = Array(repeating: "", count: count)
    hasHeader = false
  }

  /// Labels and values, a line each; a value that is empty is left out with its label.
  init(fields: [(String, Cell)]) {
    self.init(untitled: 2)
    for (label, value) in fields where !value.text.isEmpty {
      rows.append([Cell(label, .dim), value])
    }
  }

  /// - Parameter cells: one for each column; cells that are missing at the end are empty.
  mutating func add(_ cells: Cell...) { rows.append(cells) }

  func lines(isColoured: Bool) -> [String] {
    let used = columns.indices.filter { column in
      rows.contains { column < $0.count && !$0[column].text.isEmpty }
    }
    let header = hasHeader ? [columns.map { Cell($0.title, .dim) }] : []
    let all = header + rows
    let widths = columns.indices.map { column in
      all.map { column < $0.count ? SafeText.width($0[column].text) : 0 }.max() ?? 0
    }
    return all.map { line(of: $0, used, widths, isColoured) }
  }

  private func line(
    of cells: [Cell], _ used: [Int], _ widths: [Int], _ isColoured: Bool
  ) -> String {
    var line = ""
    var owed = 0  // Blanks that stand only if something follows them.
    for column in used {
      let cell = column < cells.count ? cells[column] : ""
      let gap = widths[column] - SafeText.width(cell.text)
      let isTrailing = columns[column].isTrailing
      if isTrailing { owed += gap }
      if !cell.text.isEmpty {
        line += String(repeating: " ", count: owed) + cell.rendered(isColoured: isColoured)
        owed = 0
      } else {
        owed += SafeText.width(cell.text)
      }
      owed += (isTrailing ? 0 : gap) + 2
    }
    return line
  }
}
