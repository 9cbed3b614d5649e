import TestSupport
import Testing
import TopUpAPI

@Suite struct AccountCommandTests {
  private static let whose = ["--tenant", "console", "--user", "u1"]
  private static let signed = ["--actor", "ops:maria", "--reason", "agreed"]

  @Test func `account show tells what is owed, for what, and what blocks it`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["account", "show"] + Self.whose)
      #expect(run.exitCode == 0)
      for words in [
        "blocked", "DEBT", "tu_1: taken back", "25.00 USD", "tu_1", "tu_2", "CHARGING", "block",
        "4, armed",
      ] {
        #expect(run.lines.contains { $0.contains(words) }, "\(words) in \(run.lines)")
      }
    }
  }

  @Test func `account release names its causes, key and version`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port,
        ["account", "release", "--cause", "fraud-warning", "--cause", "OPERATOR", "--forgive"]
          + ["--key", "k1", "--version", "9"] + Self.whose + Self.signed)
      #expect(run.exitCode == 0)
      #expect(run.lines.contains { $0.contains("a second person must") })
      let request = try #require(daemon.withMemory { $0.releases.first })
      #expect(request.causes == [.fraudWarning, .operator] && request.forgive)
      #expect(request.idempotencyKey == "k1" && request.expectedVersion == 9)
      #expect(request.actor == ActorMessage(name: "ops:maria", reason: "agreed"))
      let blocked = await CtlProcess.run(
        .data, port: port, ["account", "block", "--key", "k2"] + Self.whose + Self.signed)
      #expect(blocked.exitCode == 0)
      #expect(daemon.withMemory { $0.blocks.first?.idempotencyKey } == "k2")
    }
  }

  @Test func `a release needs something to release, and every verb a reason`() async throws {
    try await FakeDaemon.serving { daemon, port in
      for arguments in [
        ["account", "release"] + Self.signed, ["account", "release", "--forgive"],
        ["account", "release", "--cause", "mood"] + Self.signed, ["account", "block"],
      ] {
        let run = await CtlProcess.run(.complaints, port: port, arguments + Self.whose)
        #expect(run.exitCode == 64, "\(arguments)")
      }
      #expect(daemon.withMemory { $0.releases.isEmpty && $0.blocks.isEmpty })
    }
  }
}
