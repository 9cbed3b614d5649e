internal import ArgumentParser
internal import StrictJSON

/// Finds out what keeps the daemon from working, and says how to mend it.
struct DoctorCommand: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the way to the daemon and its parts; say how to mend what is broken.",
    discussion: "Ends with 1 when a check fails; warnings alone end with 0.")

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let console = Console(global)
    var findings: [Finding] = []
    let address: ServerAddress
    do throws(UsageError) { address = try global.serverAddress() } catch {
      findings.append(
        Finding(
          .fail, "address", error.message, fix: "set --address or TOPUP_ADDRESS to host:port"))
      return try Self.tell(findings, console)
    }
    let token: String?
    do throws(UsageError) { token = try global.token() } catch {
      findings.append(
        Finding(.fail, "token", error.message, fix: "set --token-file or TOPUP_TOKEN_FILE"))
      return try Self.tell(findings, console)
    }
    findings = await Doctor(address, timeout: global.timeout, token: token).findings()
    try Self.tell(findings, console)
  }

  private static func tell(_ findings: [Finding], _ console: Console) throws(Unsuccessful) {
    let json = findings.map(\.json)
    console.show(["checks": .array(json)], elements: json) { report in
      var table = Table(untitled: 3)
      for finding in findings {
        table.add(finding.verdict.cell, Cell(finding.name, .strong), Cell(finding.detail))
        if let fix = finding.fix { table.add("", "", Cell("fix: \(fix)", .dim)) }
      }
      report.add(table)
    }
    let failed = findings.count { $0.verdict == .fail }
    guard failed == 0 else {
      throw Unsuccessful(failed == 1 ? "a check failed" : "\(failed) checks failed")
    }
  }
}
