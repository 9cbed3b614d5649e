import TestSupport
import Testing
import TopUpAPI

@Suite struct PricesCommandTests {
  @Test func `prices shows tiers with their bonus, and rates`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["prices", "--tenant", "console"])
      #expect(run.exitCode == 0)
      let plus = run.lines.first { $0.hasPrefix("plus") } ?? ""
      for word in ["10.00 USD", "10000", "500"] {
        #expect(plus.contains(word), "\(word) in \(plus)")
      }
      #expect(run.lines.contains { $0.hasPrefix("EUR") && $0.hasSuffix("10") })
      let json = await CtlProcess.run(
        .data, port: port, ["prices", "--tenant", "console", "-o", "json"])
      #expect(json.lines.joined().contains("creditsPerMinorUnit"))
    }
  }

  @Test func `a purchase names an amount or a tier, not both and not neither`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let whose = ["topup", "create", "--tenant", "console", "--user", "u1", "--key", "k1"]
      for wrong in [[], ["--tier", "plus", "--amount", "5 USD"]] {
        let run = await CtlProcess.run(.data, port: port, whose + wrong)
        #expect(run.exitCode == 64)
      }
      let run = await CtlProcess.run(
        .data, port: port, whose + ["--tier", "plus", "--currency", "eur"])
      #expect(run.exitCode == 0)
      let sent = try #require(daemon.withMemory { $0.created.last })
      #expect(sent.tier == "plus" && sent.currency == "EUR" && sent.amount == nil)
    }
  }
}
