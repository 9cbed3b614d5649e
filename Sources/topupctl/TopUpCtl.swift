internal import ArgumentParser
internal import StrictJSON
internal import TopUpCore

/// The operator's tool: every verb of the daemon on the command line.
@main
struct TopUpCtl: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topupctl",
    abstract: "Look after topupd: top-ups, balances, cards, rules and the daemon itself.",
    discussion: """
      Data goes to standard output, everything else to standard error. -o json and -o jsonl print \
      what the server said, with the field names of the contract's JSON form. 'topupctl \
      exit-codes' lists what scripts may branch on.

      Amounts are written with their unit: "25.00 USD", "12.5 CERE", "125000000000 planck". \
      An account is --cluster and --owner for a DDC balance, or --tenant and --user for credits.
      """,
    version: Release.version,
    subcommands: [
      TopUpCommand.self, BalanceCommand.self, PaymentMethodCommand.self, PolicyCommand.self,
      AccountCommand.self, CreditsCommand.self, PricesCommand.self, CapsCommand.self,
      RampCommand.self,
      DecisionsCommand.self,
      ExplainCommand.self, NoticesCommand.self, ReviewCommand.self, LedgerCommand.self,
      ReconcileCommand.self, EventsCommand.self, InboxCommand.self, ServerCommand.self,
      DoctorCommand.self, ExitCodesCommand.self,
    ])

  static func main() async {
    Host.endOnInterrupt()
    Host.exit(await run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs a command line to its end.
  ///
  /// - Returns: the exit status.
  static func run(_ arguments: [String]) async -> Int32 {
    var errorFormat = errorFormat(in: arguments)
    var (isVerbose, color) = (false, ColorChoice.auto)
    do {
      var command = try await asyncParseAsRoot(arguments)
      if let command = command as? any ConfiguredCommand {
        errorFormat = command.global.errorFormat
        isVerbose = command.global.verbose
        color = command.global.color
      }
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return ExitStatus.success
    } catch {
      guard isOurs(error) else { return tell(parserError: error, errorFormat) }
      let report = FailureReport(error)
      switch errorFormat {
      case .text:
        let isColoured = Console.isColoured(Host.standardError, color)
        Console.complain(report.lines(isVerbose: isVerbose, isColoured: isColoured))
      case .json:
        if !report.message.isEmpty { Console.complain([report.json.text]) }
      }
      return report.exitStatus
    }
  }

  private static func isOurs(_ error: any Error) -> Bool {
    error is CallFailure || error is UsageError || error is Unsuccessful
  }

  /// What ended the parsing: help and versions are answers, the rest is a wrong command line.
  private static func tell(parserError error: any Error, _ format: ErrorFormat) -> Int32 {
    let status = exitCode(for: error).rawValue
    let text = fullMessage(for: error)
    if status == ExitStatus.success {
      if let reason = Host.write(text + "\n", to: Host.standardOutput) {
        Console.complain(["error: cannot write the answer: \(reason)"])
        return ExitStatus.failure
      }
    } else if format == .json {
      Console.complain([FailureReport(status, "USAGE", message(for: error)).json.text])
    } else {
      Console.complain([text])
    }
    return status
  }

  /// The format of errors where the command line could not be read as a whole.
  static func errorFormat(in arguments: [String]) -> ErrorFormat {
    let isJSON =
      arguments.contains("--error-format=json")
      || zip(arguments, arguments.dropFirst()).contains { $0 == "--error-format" && $1 == "json" }
    return isJSON ? .json : .text
  }
}
