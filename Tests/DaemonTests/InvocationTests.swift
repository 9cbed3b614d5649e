import Testing
import TopUpCore

@testable import topupd

@Suite struct InvocationTests {
  @Test(
    arguments: [
      ([], .run), (["run"], .run), (["check"], .check), (["--version"], .version), (["-h"], .help),
      (["help"], .help), (["check", "--help"], .help), (["verify"], .verify(nil)),
      (["replay"], .replay(after: 0)), (["replay", "--after", "12"], .replay(after: 12)),
      (
        ["verify", "--head", "7:" + String(repeating: "0f", count: 32)],
        .verify(LedgerHead(position: 7, digest: [UInt8](repeating: 15, count: 32)))
      ),
    ] as [([String], Invocation)])
  func `a command line means one thing`(arguments: [String], meaning: Invocation) throws {
    #expect(try Invocation(arguments) == meaning)
  }

  @Test(arguments: [
    (["serve"], "'serve' is not known"), (["--loops"], "'--loops' is not known"),
    (["run", "check"], "'check' is one command too many"), (["--head"], "'--head' is not known"),
    (["verify", "--head"], "'--head' needs POSITION:DIGEST after it"),
    (["verify", "--head", "7:0f"], "'7:0f' is no head such as 12: and 64 hexadecimal digits"),
    ([""], "'' is not known"), (["replay", "--head"], "'--head' is not known"),
    (["verify", "--after", "1"], "'--after' is not known"),
    (["replay", "--after"], "'--after' needs POSITION after it"),
    (
      ["replay", "--after", "0"],
      "'0' is no position of a decision: these are numbers from 1 on"
    ),
  ])
  func `what is not understood is named`(arguments: [String], problem: String) {
    #expect(throws: Invocation.Fault(problem: problem)) { try Invocation(arguments) }
  }
}
