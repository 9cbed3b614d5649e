import TestSupport
import Testing

@Suite struct ReconcileCommandTests {
  @Test func `books that agree print nothing and end with 0`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["reconcile"])
      #expect(run.exitCode == 0 && run.output == "", "\(run.output)")
      let said = await CtlProcess.run(.complaints, port: port, ["reconcile"])
      #expect(said.output == "", "\(said.output)")
    }
  }

  @Test func `differences are printed with both figures, and end with 1`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["reconcile", "--since", "2d"])
      #expect(run.exitCode == 1)
      #expect(run.lines.count == 3 && run.lines[1].contains("refund_sum"))
      #expect(run.lines[1].contains("mended by --repair"))
      #expect(run.lines[2].contains("refund it"))
      let said = await CtlProcess.run(.complaints, port: port, ["reconcile", "--since", "2d"])
      #expect(said.lines == ["error: 2 differences stand"])
    }
  }

  @Test func `a repair names who and why, and ends with 0 when nothing stands`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port,
        ["reconcile", "--since", "2d", "--repair", "--reason", "webhooks were off"])
      #expect(run.exitCode == 0)
      #expect(run.lines.last?.contains("repaired") == true)
      let unnamed = await CtlProcess.run(.complaints, port: port, ["reconcile", "--repair"])
      #expect(unnamed.exitCode == 64)
    }
  }

  @Test func `what was settled by hand is told with a name and a reason`() async throws {
    try await FakeDaemon.serving { _, port in
      let reason = ["--actor", "ops:maria", "--reason", "refunded"]
      let settled = await CtlProcess.run(
        .data, port: port, ["reconcile", "settle", "pi_1"] + reason)
      #expect(settled.exitCode == 0 && settled.lines == ["settled: pi_1"])
      let cleared = await CtlProcess.run(.data, port: port, ["reconcile", "clear-behind"] + reason)
      #expect(cleared.lines == ["sends again; it was behind: said by ops:maria"])
      let unsigned = await CtlProcess.run(
        .complaints, port: port, ["reconcile", "settle", "pi_1"])
      #expect(unsigned.exitCode == 64)
    }
  }
}
