internal import ArgumentParser

/// What the process may end with.
struct ExitCodesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exit-codes", abstract: "List the exit codes.",
    discussion: lines.joined(separator: "\n"))

  func run() throws {
    if let reason = Host.write(
      Self.lines.joined(separator: "\n") + "\n", to: Host.standardOutput)
    {
      throw Unsuccessful("cannot write the answer: \(reason)")
    }
  }

  static var lines: [String] {
    var table = Table(.trailing("CODE"), "MEANING")
    for (status, meaning) in ExitStatus.all { table.add(Cell("\(status)"), Cell(meaning)) }
    return table.lines(isColoured: false)
  }
}
