import TestSupport
import Testing
import TopUpAPI

@Suite struct CapsCommandTests {
  private static let signed = ["--actor", "ops:maria", "--reason", "new contract"]

  @Test func `caps get shows each window, its use and who set it`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["caps", "get", "--tenant", "console"])
      #expect(run.exitCode == 0)
      let day = run.lines.first { $0.contains("2026-11-21") } ?? ""
      for word in ["console", "UTC", "90.00 USD", "100.00 USD", "ops:jan", "contract"] {
        #expect(day.contains(word), "\(word) in \(day)")
      }
      #expect(run.lines.contains { $0.contains("2026-11 ") })
    }
  }

  @Test func `caps set changes what is named, from the version that was read`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port,
        ["caps", "set", "--service", "--currency", "usd", "--day-cap", "250.00", "--month-count"]
          + ["40", "--zone", "Europe/Berlin"] + Self.signed)
      #expect(run.exitCode == 0)
      #expect(
        daemon.withMemory { $0.caps } == [
          SetCapsRequest(
            day: Cap(count: 7, amount: Money(minorUnits: 25_000, currency: "USD")),
            month: Cap(count: 40),
            actor: ActorMessage(name: "ops:maria", reason: "new contract"), currency: "USD",
            timeZone: "Europe/Berlin", expectedVersion: 3)
        ])
      let removed = await CtlProcess.run(
        .data, port: port,
        ["caps", "set", "--tenant", "console", "--currency", "USD", "--day-cap", "none"]
          + Self.signed)
      #expect(removed.exitCode == 0)
      #expect(daemon.withMemory { $0.caps.last?.day } == Cap(count: 7))
      #expect(daemon.withMemory { $0.caps.last?.tenant } == "console")
    }
  }

  @Test func `caps need a scope, and a reason to be set`() async throws {
    try await FakeDaemon.serving { daemon, port in
      for arguments in [
        ["caps", "get"], ["caps", "get", "--tenant", "console", "--service"],
        ["caps", "set", "--service", "--currency", "USD", "--day-count", "1"],
        ["caps", "set", "--service", "--day-count", "1"] + Self.signed,
      ] {
        let run = await CtlProcess.run(.complaints, port: port, arguments)
        #expect(run.exitCode == 64)
      }
      #expect(daemon.withMemory { $0.caps }.isEmpty)
    }
  }
}
