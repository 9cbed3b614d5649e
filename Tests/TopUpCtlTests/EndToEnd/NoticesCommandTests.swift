import TestSupport
import Testing

@Suite struct NoticesCommandTests {
  @Test func `notices list shows what was told, and from a cursor on`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["notices", "list"])
      #expect(run.exitCode == 0)
      #expect(run.lines.contains { $0.contains("DECLINED") && $0.contains("acme/u1") })
      #expect(run.lines.contains { $0.contains("CREDITED") && $0.contains("tu_2") })
      let rest = await CtlProcess.run(.data, port: port, ["notices", "list", "--after", "3"])
      #expect(!rest.output.contains("DECLINED") && rest.output.contains("CREDITED"))
    }
  }

  @Test func `notices watch goes on from the last one when its stream breaks (45)`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(.data, port: port, ["notices", "watch"])
      #expect(run.lines.count { $0.contains("DECLINED") } == 1)
      #expect(run.lines.count { $0.contains("CREDITED") } == 1)
      #expect(daemon.withMemory { $0.noticeCursors } == [0, 3, 7])
    }
  }
}
