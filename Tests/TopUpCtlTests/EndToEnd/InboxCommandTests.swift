import TestSupport
import Testing
import TopUpAPI

@Suite struct InboxCommandTests {
  @Test func `inbox list tells what waits from what was given up`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["inbox", "list", "--stuck"])
      #expect(run.exitCode == 0)
      #expect(run.lines.first { $0.hasPrefix("evt_1") }?.contains("waiting") == true)
      #expect(run.lines.first { $0.hasPrefix("evt_2") }?.contains("given up ") == true)
    }
  }

  @Test func `inbox replay carries its person, and says when it came to nothing`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let signed = ["--actor", "ops:maria", "--reason", "the key is back"]
      let run = await CtlProcess.run(.data, port: port, ["inbox", "replay", "evt_1"] + signed)
      #expect(run.exitCode == 0)
      #expect(
        daemon.withMemory { $0.replayed } == [
          ReplayInboxEventRequest(
            id: "evt_1", actor: ActorMessage(name: "ops:maria", reason: "the key is back"))
        ])
      let again = await CtlProcess.run(
        .complaints, port: port, ["inbox", "replay", "evt_2"] + signed)
      #expect(again.exitCode == 1 && again.output.contains("could not be read"))
      let bare = await CtlProcess.run(.complaints, port: port, ["inbox", "replay", "evt_1"])
      #expect(bare.exitCode == 64)
    }
  }
}
