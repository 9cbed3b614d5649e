import TestSupport
import Testing
import TopUpAPI

@Suite struct DecisionsReplayTests {
  @Test func `what comes out the same ends well, what does not is told and ends with 1`()
    async throws
  {
    try await FakeDaemon.serving { daemon, port in
      let all = await CtlProcess.run(.data, port: port, ["decisions", "replay"])
      #expect(all.exitCode == 0)
      #expect(all.lines == ["the same: all 12 come out as they were"])
      let some = await CtlProcess.run(
        .data, port: port,
        ["decisions", "replay", "--after", "4", "--through", "9"] + CtlFixture.account)
      #expect(some.exitCode == 1)
      #expect(some.lines == ["decision 7 on ddc:07: decided again: skip, NOT_LOW: 60 CERE"])
      let asked = daemon.withMemory { $0.replays }
      #expect(asked.map(\.afterPosition) == [0, 4] && asked.map(\.throughPosition) == [0, 9])
    }
  }

  @Test func `a range that holds nothing is refused before anybody is asked`() async throws {
    try await FakeDaemon.serving { daemon, port in
      for range in [["--after", "9", "--through", "9"], ["--after", "0"], ["--through", "x"]] {
        let run = await CtlProcess.run(.complaints, port: port, ["decisions", "replay"] + range)
        #expect(run.exitCode == 64)
      }
      #expect(daemon.withMemory { $0.replays.isEmpty })
    }
  }
}
