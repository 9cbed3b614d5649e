internal import StrictJSON

/// Where a command's words go: data to standard output, everything else to standard error.
struct Console: Sendable {
  let format: OutputFormat
  let isVerbose: Bool
  /// Whether standard output takes colours.
  let isColoured: Bool

  init(_ options: GlobalOptions) {
    format = options.output
    isVerbose = options.verbose
    isColoured = Self.isColoured(Host.standardOutput, options.color)
  }

  static func isColoured(_ descriptor: Int32, _ choice: ColorChoice) -> Bool {
    choice.isColoured(
      isTerminal: Host.isTerminal(descriptor), noColor: Host.environment("NO_COLOR"),
      terminal: Host.environment("TERM"))
  }

  /// Prints an answer in the format that was asked for.
  ///
  /// - Parameters:
  ///   - json: the whole answer.
  ///   - elements: what of it goes on a line of its own in `jsonl`; the whole answer when nil.
  ///   - body: the same for people.
  func show(_ json: JSON, elements: [JSON]? = nil, _ body: (inout Report) -> Void) {
    switch format {
    case .json: data([json.prettyText])
    case .jsonl: data((elements ?? [json]).map(\.text))
    case .table:
      var report = Report(isColoured: isColoured)
      body(&report)
      data(report.lines)
    }
  }

  /// Prints lines of a format of their own.
  func show(lines: [String]) { data(lines) }

  /// Prints one change of a stream: a line for people, or an object on a line.
  func change(_ json: JSON, _ body: (inout Report) -> Void) {
    switch format {
    case .json, .jsonl: data([json.text])
    case .table:
      var report = Report(isColoured: isColoured)
      body(&report)
      data(report.lines)
    }
  }

  /// Says something beside the answer.
  func note(_ text: String) { Self.complain([SafeText.shown(text)]) }

  /// Says something that only `-v` asks for.
  func detail(_ text: @autoclosure () -> String) { if isVerbose { note(text()) } }

  /// An answer that cannot be written is a failure: a full disk must not look like success.
  private func data(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    let text = lines.joined(separator: "\n") + "\n"
    guard let reason = Host.write(text, to: Host.standardOutput) else { return }
    Self.complain(["error: cannot write the answer: \(reason)"])
    Host.exit(ExitStatus.failure)
  }

  /// Prints lines on standard error; there is nobody left to tell when that fails.
  static func complain(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    _ = Host.write(lines.joined(separator: "\n") + "\n", to: Host.standardError)
  }
}
