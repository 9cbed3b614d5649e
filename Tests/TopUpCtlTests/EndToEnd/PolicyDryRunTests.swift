import ProtobufRuntime
import TestSupport
import Testing
import TopUpAPI

@Suite struct PolicyDryRunTests {
  @Test func `a dry run sends the rule with its changes, and shows what would have been`()
    async throws
  {
    try await FakeDaemon.serving { daemon, port in
      let rule = CtlFixture.account + CtlFixture.payer
      _ = await CtlProcess.run(
        .data, port: port,
        ["policy", "set"] + rule + ["--enable", "--threshold", "50 CERE", "--fixed", "25.00 USD"])
      let run = await CtlProcess.run(
        .data, port: port,
        ["policy", "dry-run"] + CtlFixture.account + ["--threshold", "80 CERE", "--since", "1d"])
      #expect(run.exitCode == 0)
      #expect(run.lines.contains { $0.contains("would charge") && $0.contains("25.00 USD: ") })
      #expect(run.lines.contains { $0.contains("would skip: COOLDOWN") })
      let request = daemon.withMemory { $0.dryRuns.first }
      #expect(request?.policy?.threshold == "800000000000")
      #expect(request?.policy?.amount == daemon.withMemory { $0.policies.first?.policy?.amount })
      #expect((request?.since?.seconds ?? 0) > 0)
      #expect(daemon.withMemory { $0.policies.count } == 1)
    }
  }
}
