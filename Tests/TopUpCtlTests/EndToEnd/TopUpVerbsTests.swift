import TestSupport
import Testing
import TopUpAPI

/// Giving a charge back, a person's part of one, and a card that is corrected.
@Suite struct TopUpVerbsTests {
  @Test func `topup refund carries its person, reason, key and amount`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let arguments = ["topup", "refund", "tu_1", "--actor", "ops:maria", "--key", "k1"]
      let run = await CtlProcess.run(
        .data, port: port, arguments + ["--reason", "asked for", "--amount", "25.00 USD"])
      #expect(run.exitCode == 0 && run.output.contains("ORDER_CANCELLING"))
      #expect(
        daemon.withMemory { $0.refunded } == [
          RefundTopUpRequest(
            id: "tu_1", amount: Money(minorUnits: 2_500, currency: "USD"), idempotencyKey: "k1",
            actor: ActorMessage(name: "ops:maria", reason: "asked for"))
        ])
      let bare = await CtlProcess.run(.complaints, port: port, arguments)
      #expect(bare.exitCode == 64)
    }
  }

  @Test(arguments: ["07/2031", "7/31"])
  func `pm update carries the expiry as it stands on the card`(expiry: String) async throws {
    try await FakeDaemon.serving { daemon, port in
      let payer = ["--payer-tenant", "console", "--payer-user", "42", "--key", "k1"]
      let run = await CtlProcess.run(
        .data, port: port, ["pm", "update", "pm_1", "--expiry", expiry] + payer)
      #expect(run.exitCode == 0)
      let sent = try #require(daemon.withMemory { $0.updated }.first)
      #expect(sent.expiryMonth == 7 && sent.expiryYear == 2_031 && sent.idempotencyKey == "k1")
      for wrong in ["13/2031", "7", "07/203", "x/31"] {
        let bad = await CtlProcess.run(
          .complaints, port: port, ["pm", "update", "pm_1", "--expiry", wrong] + payer)
        #expect(bad.exitCode == 64)
      }
    }
  }

  @Test func `a token is read from a file or standard input, and never an argument`() async throws {
    try await FakeDaemon.serving { _, port in
      let made = await CtlProcess.run(
        .data, port: port,
        ["topup", "authenticate", "tu_1", "--return-url", "https://console.example/done"])
      #expect(made.exitCode == 0 && made.output.contains("auth_tu_1"))
      #expect(made.output.contains("pi_1_secret_2"))
      let file = await CtlProcess.run(.complaints, port: port, ["topup", "redeem", "/nowhere"])
      #expect(file.exitCode == 64)
      let used = await Subprocess.run([
        "/usr/bin/env", "TOPUP_ADDRESS=127.0.0.1:\(port)", "/bin/sh", "-c",
        "echo auth_tu_1 | \"$0\" topup redeem -", CtlProcess.program,
      ])
      #expect(used.exitCode == 0 && used.output.contains("https://console.example/done"))
    }
  }
}
