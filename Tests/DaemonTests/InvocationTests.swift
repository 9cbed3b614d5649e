import Testing

@testable import topupd

@Suite struct InvocationTests {
  @Test(
    arguments: [
      ([], .run), (["run"], .run), (["check"], .check), (["--version"], .version), (["-h"], .help),
      (["help"], .help), (["check", "--help"], .help),
    ] as [([String], Invocation)])
  func `a command line means one thing`(arguments: [String], meaning: Invocation) throws {
    #expect(try Invocation(arguments) == meaning)
  }

  @Test(arguments: [
    (["serve"], "'serve' is not known"), (["--loops"], "'--loops' is not known"),
    (["run", "check"], "'check' is one command too many"), ([""], "'' is not known"),
  ])
  func `what is not understood is named`(arguments: [String], problem: String) {
    #expect(throws: Invocation.Fault(problem: problem)) { try Invocation(arguments) }
  }
}
