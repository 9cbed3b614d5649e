import TestSupport
import Testing
import TopUpAPI

@Suite struct RampCommandTests {
  private static let signed = ["--actor", "ops:maria", "--reason", "seen on two markets"]
  private static let actor = ActorMessage(name: "ops:maria", reason: "seen on two markets")

  @Test func `ramp status shows the breaker, the headroom and the prices`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["ramp", "status"])
      #expect(run.exitCode == 0)
      for words in [
        "stopped: charges were given back in a row", "the charge of tu_2 is given back",
        "500 CERE", "2 CERE", "0.00125 USD", "±20 %", "charged by tu_1",
      ] {
        #expect(run.output.contains(words), "\(words)")
      }
    }
  }

  @Test func `clearing the breaker and accepting a price carry a person, a reason and a version`()
    async throws
  {
    try await FakeDaemon.serving { daemon, port in
      let cleared = await CtlProcess.run(
        .data, port: port, ["ramp", "clear-breaker", "--version", "4"] + Self.signed)
      #expect(cleared.exitCode == 0 && cleared.output.contains("allowed"))
      #expect(
        daemon.withMemory { $0.cleared }
          == [ClearRampBreakerRequest(actor: Self.actor, expectedVersion: 4)])
      let accepted = await CtlProcess.run(
        .data, port: port,
        ["ramp", "accept-price", "--rate", "0.0025", "--currency", "usd"] + Self.signed)
      #expect(accepted.exitCode == 0)
      #expect(
        daemon.withMemory { $0.prices }
          == [AcceptPriceRequest(currency: "USD", rateNano: 2_500_000, actor: Self.actor)])
    }
  }

  @Test func `neither is done without a reason, and no price without a number`() async throws {
    try await FakeDaemon.serving { daemon, port in
      for arguments in [
        ["ramp", "clear-breaker"], ["ramp", "accept-price", "--rate", "1", "--currency", "USD"],
        ["ramp", "accept-price", "--rate", "0", "--currency", "USD"] + Self.signed,
        ["ramp", "accept-price", "--rate", "one", "--currency", "USD"] + Self.signed,
        ["ramp", "accept-price", "--rate", "0.0000000001", "--currency", "USD"] + Self.signed,
      ] {
        let run = await CtlProcess.run(.complaints, port: port, arguments)
        #expect(run.exitCode == 64)
      }
      #expect(daemon.withMemory { $0.cleared.isEmpty && $0.prices.isEmpty })
    }
  }
}
