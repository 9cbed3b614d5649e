import Testing

@testable import topupctl

@Suite struct TableTests {
  @Test func `columns line up and no line ends in blanks`() {
    var table = Table("NAME", .trailing("AMOUNT"), "NOTE")
    table.add("a", "1.00", "")
    table.add("longer", "125.50", "why")
    #expect(
      table.lines(isColoured: false) == [
        "NAME    AMOUNT  NOTE",
        "a         1.00",
        "longer  125.50  why",
      ])
  }

  @Test func `a column without an entry is left out`() {
    var table = Table("A", "B", "C")
    table.add("1", "", "3")
    table.add("4")
    #expect(table.lines(isColoured: false) == ["A  C", "1  3", "4"])
  }

  @Test func `an empty cell keeps the columns after it in place`() {
    var table = Table("A", .trailing("DEBIT"), .trailing("CREDIT"))
    table.add("x", "", "5")
    table.add("y", "10", "")
    #expect(
      table.lines(isColoured: false) == [
        "A  DEBIT  CREDIT",
        "x              5",
        "y     10",
      ])
  }

  @Test func `wide characters take two columns`() {
    var table = Table("NAME", "N")
    table.add("東京", "1")
    table.add("abcd", "2")
    #expect(table.lines(isColoured: false) == ["NAME  N", "東京  1", "abcd  2"])
  }

  @Test func `colours come only when asked for, and do not move a column`() {
    var table = Table("STATE", "N")
    table.add(Cell("ok", .good), "1")
    #expect(table.lines(isColoured: false) == ["STATE  N", "ok     1"])
    #expect(
      table.lines(isColoured: true) == [
        "\u{1B}[2mSTATE\u{1B}[0m  \u{1B}[2mN\u{1B}[0m",
        "\u{1B}[32mok\u{1B}[0m     1",
      ])
  }

  @Test func `fields without a value are left out with their label`() {
    let table = Table(fields: [("id", "tu_1"), ("decline", ""), ("amount", "25.00 USD")])
    #expect(table.lines(isColoured: false) == ["id      tu_1", "amount  25.00 USD"])
  }

  @Test func `an empty list says so, and a section without rows is left out`() {
    var report = Report(isColoured: false)
    report.list(Table("A"), ifEmpty: "none")
    report.section("title", Table("A"))
    #expect(report.lines == ["none"])
  }
}
