import TestSupport
import Testing

/// The real programs, as processes of their own, driven by stock gRPC clients: each scenario is a
/// Python program beside this file that exits 0 or prints what differs.
@Suite(.serialized) struct DaemonTests {
  @Test(
    .timeLimit(.minutes(5)),
    arguments: [
      "copies", "declined", "stream", "every_method", "bad_input", "extremes", "kill_nine",
      "kill_calls", "authorization", "second_start", "complete_early", "claims", "bindings",
      "three_d_secure", "dead_letters", "ledger", "reconcile", "power_loss", "disk_fails", "damage",
      "webhooks", "refunds", "debts", "corrected_card", "notices", "tiers",
    ])
  func `the daemon stands its scenarios`(scenario: String) async {
    let outcome = await PythonPeer.run("DaemonTests/\(scenario).py", [BuiltPrograms.folder])
    #expect(outcome.exitCode == 0, "\(outcome.output)")
  }
}
