import StrictJSON
import TestSupport
import Testing
import TopUpAPI

@Suite struct OtherCommandTests {
  @Test func `balance get shows CERE, block and how long it lasts`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["balance", "get"] + CtlFixture.account)
      #expect(run.exitCode == 0)
      #expect(run.lines.contains("active     0.5 CERE"))
      #expect(run.lines.contains("lasts      11 h 4 min"))
      #expect(run.lines.contains("block      100800 finalized 0x01"))
    }
  }

  @Test func `balance watch has a line for each change`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["balance", "watch"] + CtlFixture.account)
      #expect(run.exitCode == 74)
      #expect(run.lines.count == 2)
      #expect(run.lines.last?.contains("active 251 CERE") == true)
    }
  }

  @Test func `balance watch goes on where the server was restarted`() async throws {
    try await FakeDaemon.serving { daemon, port in
      daemon.withMemory { $0.breaks = 1 }
      let run = await CtlProcess.run(
        .complaints, port: port, ["balance", "watch"] + CtlFixture.account)
      #expect(run.exitCode == 74)
      #expect(
        run.lines == [
          "the stream ended; trying again", "error: ABORTED: the test has seen enough",
        ])
    }
  }

  @Test func `balance history has debits and credits`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port, ["balance", "history"] + CtlFixture.account)
      #expect(run.lines.first?.contains("DEBIT") == true)
      #expect(run.lines.count == 5)
    }
  }

  @Test func `decisions list tells skips and why`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port, ["decisions", "list"] + CtlFixture.account)
      #expect(
        run.lines == [
          "POS  TIME                 OUTCOME             BALANCE   BLOCK  EVENTS  WHY",
          "  8  2027-01-15 08:00:00  tu_1               0.5 CERE  100800       3  "
            + "0.5 CERE is at or below 50 CERE",
          "  7  2027-01-15 07:59:00  skipped: COOLDOWN                            until 09:00",
        ])
    }
  }

  @Test func `pm list shows the cards and that there is no consent`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["pm", "list"] + CtlFixture.payer)
      #expect(
        run.lines == [
          "CARD  BRAND  LAST4  EXPIRES  FUNDING  NOTE",
          "pm_1  visa   4242   04/2029  credit   default",
          "consent  none: nothing is charged without the payer present",
        ])
    }
  }

  @Test func `pm add stores a card by its id, with the consent given`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port,
        ["pm", "add", "pm_1", "--make-default", "--consent", "v1", "--max-per-charge", "50 USD"]
          + CtlFixture.payer)
      #expect(run.exitCode == 0)
      let sent = try #require(daemon.withMemory { $0.cards.first })
      #expect(sent.paymentMethodID == "pm_1")
      #expect(sent.makeDefault)
      #expect(
        sent.consent == Consent(textVersion: "v1", maxPerCharge: SampleTopUp.money(5_000)))
    }
  }

  @Test func `pm add without a card prints the secret for the payer's device`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["pm", "add"] + CtlFixture.payer)
      #expect(run.lines == ["setup          seti_1", "client secret  seti_1_secret_x"])
    }
  }

  @Test func `a card number is neither sent nor repeated`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .complaints, port: port, ["pm", "add", "4242424242424242"] + CtlFixture.payer)
      #expect(run.exitCode == 64)
      #expect(!run.output.contains("4242424242424242"))
      #expect(daemon.withMemory { $0.cards.isEmpty })
    }
  }

  @Test func `pm remove forgets a card`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port, ["pm", "remove", "pm_1", "--key", "k"] + CtlFixture.payer)
      #expect(run.exitCode == 0)
      let sent = try #require(daemon.withMemory { $0.removed.first })
      #expect(sent.paymentMethodID == "pm_1")
      #expect(sent.payer == Payer(tenant: "console", user: "42"))
    }
  }

  @Test func `a consent is recorded with who recorded it`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port,
        ["pm", "consent", "--consent", "v2", "--max-per-month", "100 USD"] + CtlFixture.payer)
      #expect(run.exitCode == 0)
      #expect(run.output == "v2, at most 100.00 USD a month\n")
      let sent = try #require(daemon.withMemory { $0.consents.first?.consent })
      #expect(sent.actor?.name == "ops:maria")
    }
  }

  @Test func `policy set makes a first rule, then changes it from its version`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let set = ["policy", "set"] + CtlFixture.account
      let first = await CtlProcess.run(
        .data, port: port,
        set + CtlFixture.payer + [
          "--enable", "--threshold", "50 CERE", "--fixed", "25.00 USD", "--day-cap", "100.00",
        ])
      #expect(first.exitCode == 0)
      #expect(first.lines.contains("threshold  –       50 CERE"))
      let second = await CtlProcess.run(.data, port: port, set + ["--day-cap", "200", "--disable"])
      #expect(
        second.lines == [
          "FIELD    BEFORE      AFTER", "enabled  yes         no",
          "day cap  100.00 USD  200.00 USD",
        ])
      let requests = daemon.withMemory { $0.policies }
      #expect(requests.map(\.expectedVersion) == [0, 1])
      #expect(requests[1].policy?.threshold == "500000000000")
    }
  }

  @Test func `policy set that changes nothing sends nothing`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let set = ["policy", "set"] + CtlFixture.account + CtlFixture.payer
      let rule = ["--threshold", "50", "--fixed", "25 USD"]
      let dry = await CtlProcess.run(.data, port: port, set + rule + ["--dry-run"])
      #expect(dry.lines.first == "FIELD      BEFORE  AFTER")
      #expect(daemon.withMemory { $0.policies.isEmpty })
      _ = await CtlProcess.run(.data, port: port, set + rule)
      let again = await CtlProcess.run(.data, port: port, set + rule)
      #expect(again.output == "nothing to change\n")
      #expect(daemon.withMemory { $0.policies.count } == 1)
    }
  }

  @Test func `events send heeds the window and counts what became of the events`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port,
        ["events", "send", "--count", "50", "--duplicates", "20"] + CtlFixture.account)
      #expect(run.exitCode == 0)
      #expect(run.lines.prefix(2) == ["sent          60", "acknowledged  60"])
      #expect(run.lines.suffix(2) == ["ACCEPTED       50", "DUPLICATE      10"])
      let sequences = daemon.withMemory { $0.streamed }
      #expect(sequences.count == 60)
      #expect(Set(sequences) == Set(41...90))
    }
  }

  @Test func `events sent singly carry an id each, the same when repeated`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port,
        [
          "events", "send", "--unary", "--count", "2", "--duplicates", "100", "--severity",
          "critical", "--active", "0.5 CERE", "-o", "json",
        ] + CtlFixture.account)
      #expect(run.exitCode == 0)
      #expect(
        run.json == [
          "sent": 4, "acknowledged": 4, "outcomes": ["DUPLICATE": 2, "COALESCED": 2],
          "topUpIds": ["tu_1"],
        ])
      let events = daemon.withMemory { $0.reports }
      #expect(events.count == 4)
      #expect(Set(events.map(\.eventID)).count == 2)
      #expect(events.allSatisfy { $0.eventID.count == 16 && $0.owner.count == 32 })
      #expect(events.allSatisfy { $0.severity == .critical && $0.balanceActive == "5000000000" })
    }
  }

  @Test func `events are not sent for an address that is mistyped`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .complaints, port: port,
        [
          "events", "send", "--cluster", "0x0059f5ada35eee46802d80750d5ca4a490640511", "--owner",
          "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmp2",
        ])
      #expect(run.exitCode == 64)
      #expect(run.output.hasPrefix("error: --owner: the checksum does not match"))
    }
  }

  @Test func `server status shows the parts`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["server", "status"])
      #expect(run.lines.contains("store            store-1"))
      #expect(run.lines.contains("lead time        1 min 35 s at p95 of 57"))
      #expect(run.lines.contains("store  healthy        1 ms"))
    }
  }

  @Test func `the kill switch needs a reason`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let refused = await CtlProcess.run(
        .complaints, port: port, ["server", "kill-switch", "--stop"])
      #expect(refused.exitCode == 64)
      #expect(!daemon.withMemory { $0.killSwitch })
      let done = await CtlProcess.run(
        .data, port: port, ["server", "kill-switch", "--stop", "--reason", "trial"])
      #expect(done.output == "charging is stopped\n")
      #expect(daemon.withMemory { $0.killSwitch })
    }
  }

  @Test func `doctor finds nothing wrong with a server that is well`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["doctor"])
      #expect(run.exitCode == 0)
      #expect(run.lines.count == 10)
      #expect(run.lines.allSatisfy { $0.hasPrefix("ok  ") })
    }
  }

  @Test func `doctor ends with 1 when a part is not well, and says what to do`() async throws {
    try await FakeDaemon.serving { daemon, port in
      daemon.withMemory { $0.rampIsDown = true }
      let run = await CtlProcess.run(.data, port: port, ["doctor", "-o", "jsonl"])
      #expect(run.exitCode == 1)
      let ramp = run.jsonLines.compactMap { $0 }.first { $0["name"]?.string == "ramp" }
      #expect(ramp?["verdict"]?.string == "fail")
      #expect(ramp?["detail"]?.string == "connection refused")
      #expect(ramp?["fix"]?.string?.isEmpty == false)
    }
  }

  @Test func `doctor tells a port where nobody listens from one where someone does`() async throws {
    try await SilentPort.held { port in
      let run = await CtlProcess.run(.data, port: port, ["doctor"])
      #expect(run.exitCode == 1)
      #expect(run.lines[1].hasPrefix("fail  connection  127.0.0.1:\(port): Connection refused"))
      let call = await CtlProcess.run(.complaints, port: port, ["topup", "get", "tu_1"])
      #expect(call.exitCode == 78)
      #expect(call.lines.last?.hasPrefix("help: is topupd running at 127.0.0.1:\(port)?") == true)
    }
  }

  @Test func `-v tells the method and how long it took`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.complaints, port: port, ["server", "status", "-v"])
      #expect(run.lines.count == 1)
      #expect(run.output.hasPrefix("/topup.v1.Admin/GetStatus: OK in "))
    }
  }

  @Test func `help and exit codes go to standard output`() async {
    let help = await CtlProcess.run(.data, port: 1, ["--help"])
    #expect(help.exitCode == 0)
    #expect(help.output.contains("SUBCOMMANDS"))
    let codes = await CtlProcess.run(.data, port: 1, ["exit-codes"])
    #expect(codes.lines.count == 21)
    let viaHelp = await CtlProcess.run(.data, port: 1, ["help", "exit-codes"])
    #expect(viaHelp.output.contains("  69  the server answered NOT_FOUND"))
  }

  @Test func `an address that is none is refused in words`() async {
    let run = await CtlProcess.run(
      .complaints, port: 1, ["server", "status", "--address", "http://topupd:50051"])
    #expect(run.exitCode == 64)
    #expect(run.output.contains(": the address is host:port, https://host:port or unix:"))
    #expect(!run.output.contains("UsageError"))
  }

  @Test func `a wrong command line ends with 64 and prints nothing as data`() async {
    for arguments in [["frobnicate"], ["topup", "get"], ["topup", "list", "--state", "done"]] {
      let run = await CtlProcess.run(.data, port: 1, arguments)
      #expect(run.exitCode == 64)
      #expect(run.output.isEmpty)
    }
  }
}
