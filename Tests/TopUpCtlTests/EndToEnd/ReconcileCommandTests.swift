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
}
