import TestSupport
import Testing

/// The real executable, its sockets and its clock; everything it models has tests of its own.
@Suite struct SandboxSmokeTests {
  @Test(.timeLimit(.minutes(2)))
  func `the executable serves a payment, a lost answer, webhooks and an order on chain`() async {
    let here = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let outcome = await Subprocess.run([
      "/bin/sh", "/\(here)/smoke.sh", "\(BuiltPrograms.folder)/topupsandbox",
    ])
    #expect(outcome.exitCode == 0, "\(outcome.output)")
  }
}
