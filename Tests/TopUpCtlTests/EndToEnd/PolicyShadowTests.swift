import StrictJSON
import TestSupport
import Testing
import TopUpAPI

@Suite struct PolicyShadowTests {
  private static let why = ["--actor", "ops:maria", "--reason", "runs dry at night"]

  @Test func `a rule is tried with the flags' changes, from the version that was read`()
    async throws
  {
    try await FakeDaemon.serving { daemon, port in
      let rule = CtlFixture.account + CtlFixture.payer
      _ = await CtlProcess.run(
        .data, port: port,
        ["policy", "set"] + rule + ["--enable", "--threshold", "50 CERE", "--fixed", "25.00 USD"])
      let command = ["policy", "shadow", "set"] + CtlFixture.account + ["--threshold", "80 CERE"]
      let run = await CtlProcess.run(.data, port: port, command + Self.why)
      #expect(run.exitCode == 0)
      #expect(run.lines.contains { $0.contains("ops:maria: runs dry at night") })
      _ = await CtlProcess.run(.data, port: port, command + Self.why)
      let trials = daemon.withMemory { $0.trials }
      #expect(trials.map(\.expectedVersion) == [0, 1])
      #expect(trials.allSatisfy { $0.policy?.threshold == "800000000000" })
      #expect(daemon.withMemory { $0.policies.count } == 1)
    }
  }

  @Test func `show tells the counts, the rule and each difference with both outcomes`()
    async throws
  {
    try await FakeDaemon.serving { daemon, port in
      daemon.withMemory {
        $0.shadow = ShadowPolicy(
          policy: Policy(account: SampleTopUp.account, threshold: "800000000000"), version: 2)
      }
      let run = await CtlProcess.run(
        .data, port: port, ["policy", "shadow", "show"] + CtlFixture.account)
      #expect(run.exitCode == 0)
      for text in ["looks", "would charge", "NOT_LOW", "25.00 USD", "threshold of 80 CERE"] {
        #expect(run.lines.contains { $0.contains(text) }, "\(text)")
      }
      let json = await CtlProcess.run(
        .data, port: port, ["policy", "shadow", "show", "-o", "json"] + CtlFixture.account)
      #expect(json.json?["shadow"]?["looks"]?.string == "40")
    }
  }

  @Test func `a trial is ended without a rule, and neither comes without a reason`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let end = ["policy", "shadow", "end"] + CtlFixture.account
      #expect(await CtlProcess.run(.complaints, port: port, end).exitCode == 64)
      #expect(daemon.withMemory { $0.trials.isEmpty })
      #expect(await CtlProcess.run(.data, port: port, end + Self.why).exitCode == 0)
      #expect(daemon.withMemory { $0.trials.map(\.policy) } == [nil])
      let show = ["policy", "shadow", "show"]
      #expect(await CtlProcess.run(.complaints, port: port, show).exitCode == 64)
    }
  }
}
