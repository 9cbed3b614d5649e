import StrictJSON
import TestSupport
import Testing
import TopUpAPI

@Suite struct TopUpCommandTests {
  private let create =
    ["topup", "create"] + CtlFixture.account + CtlFixture.payer + ["--amount", "25.00 USD"]

  @Test func `create sends exactly what was asked, and prints the record`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port,
        create + ["--key", "k-1", "--card", "pm_1", "--on-session", "--description", "for May"])
      #expect(run.exitCode == 0)
      #expect(run.lines.prefix(2) == ["top-up    tu_1", "state     RESERVED"])
      let sent = try #require(daemon.withMemory { $0.created.first })
      #expect(
        sent
          == CreateTopUpRequest(
            account: SampleTopUp.account, payer: Payer(tenant: "console", user: "42"),
            amount: SampleTopUp.money(2_500), idempotencyKey: "k-1", paymentMethodID: "pm_1",
            onSession: true, description: "for May"))
    }
  }

  @Test func `a key that was made is told on standard error and is the one sent`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(.complaints, port: port, create)
      let sent = try #require(daemon.withMemory { $0.created.first })
      #expect(sent.idempotencyKey.count == 32)
      #expect(
        run.lines == [
          "key: \(sent.idempotencyKey)",
          "it goes on by itself; follow it: topupctl topup watch tu_1",
        ])
    }
  }

  @Test func `create with --wait shows the timeline and ends with 0 on credit`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, create + ["--wait"])
      #expect(run.exitCode == 0)
      #expect(
        run.lines == [
          "08:00:00  RESERVED",
          "08:00:01  CHARGING          intent made",
          "08:00:15  CREDITED          answered: 250.5 CERE delivered",
        ])
    }
  }

  @Test func `create with --wait ends with 1 when the card is declined`() async throws {
    try await FakeDaemon.serving { daemon, port in
      daemon.withMemory { $0.ends = SampleTopUp.declined }
      let run = await CtlProcess.run(.complaints, port: port, create + ["--wait", "--key", "k"])
      #expect(run.exitCode == 1)
      #expect(
        run.lines == [
          "tu_1 goes on by itself; Ctrl-C only stops looking",
          "error: tu_1 ended DECLINED, not CREDITED; topupctl topup get tu_1 shows why",
        ])
    }
  }

  @Test func `create with --wait prints one final document as JSON`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, create + ["--wait", "-o", "json"])
      #expect(run.exitCode == 0)
      #expect(run.json?["topUp"]?["state"]?.string == "TOP_UP_STATE_CREDITED")
    }
  }

  @Test func `an amount that the server refuses names its field and ends with 67`() async throws {
    try await FakeDaemon.serving { _, port in
      let arguments =
        ["topup", "create"] + CtlFixture.account + CtlFixture.payer
        + ["--amount", "0.01 USD", "--key", "k"]
      let run = await CtlProcess.run(.complaints, port: port, arguments)
      #expect(run.exitCode == 67)
      #expect(
        run.lines == [
          "error: INVALID_ARGUMENT: a field of the request is wrong",
          "  amount.minor_units: is below the least",
        ])
    }
  }

  @Test func `a wrong amount is refused before anything is sent`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let arguments =
        ["topup", "create"] + CtlFixture.account + CtlFixture.payer + ["--amount", "25,00 USD"]
      let run = await CtlProcess.run(.complaints, port: port, arguments)
      #expect(run.exitCode == 64)
      #expect(run.output.contains("write decimals with a point"))
      #expect(daemon.withMemory { $0.created.isEmpty })
    }
  }

  @Test func `get shows the record, attempts, orders, timeline and ledger`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["topup", "get", "tu_1"])
      #expect(run.exitCode == 0)
      for title in ["attempts", "orders", "timeline", "ledger"] {
        #expect(run.lines.contains(Substring(title)))
      }
      let byKey = await CtlProcess.run(.data, port: port, ["topup", "get", "--key", "known"])
      #expect(byKey.output == run.output)
    }
  }

  @Test func `a top-up that is not there ends with 69`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.complaints, port: port, ["topup", "get", "tu_9"])
      #expect(run.exitCode == 69)
      #expect(run.output == "error: NOT_FOUND: there is no top-up tu_9\n")
      let data = await CtlProcess.run(.data, port: port, ["topup", "get", "tu_9"])
      #expect(data.output.isEmpty)
    }
  }

  @Test func `a failure is one JSON object where a script asks for it`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .complaints, port: port, ["topup", "get", "tu_9", "--error-format", "json"])
      #expect(run.exitCode == 69)
      #expect(run.lines.count == 1)
      #expect(run.json?["error"]?["reason"]?.string == "NOT_FOUND")
      #expect(run.json?["exitCode"]?.int64 == 69)
    }
  }

  @Test func `list follows pages up to the limit and sends its filters`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port,
        ["topup", "list", "--state", "credited", "--state", "DECLINED", "-o", "jsonl"]
          + CtlFixture.account)
      #expect(run.exitCode == 0)
      #expect(
        run.jsonLines.map { $0?["state"]?.string } == [
          "TOP_UP_STATE_CREDITED", "TOP_UP_STATE_DECLINED",
        ])
      let requests = daemon.withMemory { $0.listed }
      #expect(requests.map(\.pageToken) == ["", "2"])
      #expect(requests.allSatisfy { $0.states == [.credited, .declined] })
      #expect(requests.allSatisfy { $0.account == SampleTopUp.account })
    }
  }

  @Test func `a list that goes on says how to see the rest`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.complaints, port: port, ["topup", "list", "--limit", "1"])
      #expect(run.output == "there are more: --page-token 2, or a larger --limit\n")
    }
  }

  @Test func `the JSON form has the names of the contract`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["topup", "get", "tu_1", "-o", "json"])
      let record = run.json?["topUp"]
      #expect(
        record?.object?.members.map(\.name) == [
          "id", "account", "payer", "state", "version", "trigger", "amount", "net", "fee", "tax",
          "tokensQuoted", "tokensDelivered", "attempts", "orders", "createdAt", "updatedAt",
          "transitions", "entries",
        ])
      #expect(record?["amount"] == ["minorUnits": "2500", "currency": "USD"])
      #expect(record?["createdAt"]?.string == "2027-01-15T08:00:00Z")
    }
  }

  @Test func `watch prints each change as a line of JSON`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["topup", "watch", "tu_1", "-o", "jsonl"])
      #expect(run.exitCode == 0)
      #expect(
        run.jsonLines.map { $0?["topUp"]?["state"]?.string } == [
          "TOP_UP_STATE_RESERVED", "TOP_UP_STATE_CHARGING", "TOP_UP_STATE_CREDITED",
        ])
    }
  }

  @Test func `a stream that breaks is taken up again and shows nothing twice`() async throws {
    try await FakeDaemon.serving { daemon, port in
      daemon.withMemory { $0.breaks = 1 }
      let run = await CtlProcess.run(.data, port: port, ["topup", "watch", "tu_1"])
      #expect(run.exitCode == 0)
      #expect(run.lines.map { $0.dropFirst(10).prefix(8) } == ["RESERVED", "CHARGING", "CREDITED"])
    }
  }

  @Test func `Ctrl-C ends a watch with 130, and what came before it was printed`() async throws {
    try await FakeDaemon.serving { daemon, port in
      daemon.withMemory { $0.holds = true }
      let run = await Interruption.run(port: port, ["topup", "watch", "tu_1", "-o", "jsonl"])
      #expect(run.output.hasPrefix(#"{"topUp":{"id":"tu_1""#))
      #expect(run.output.hasSuffix("}\n"))
      #expect(run.exitCode == 130)
    }
  }

  @Test func `a call that is not answered in time ends with 68`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .complaints, port: port, ["topup", "get", "slow", "--timeout", "200ms"])
      #expect(run.exitCode == 68)
      #expect(run.lines.first?.hasPrefix("error: DEADLINE_EXCEEDED: ") == true)
    }
  }

  @Test func `watching an account names each top-up`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port, ["topup", "watch"] + CtlFixture.account)
      #expect(run.exitCode == 74)
      #expect(run.lines.count == 3)
      #expect(run.lines.allSatisfy { $0.contains("  tu_1  ") })
    }
  }

  @Test func `watching what is not there ends with 69 at once`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.complaints, port: port, ["topup", "watch", "tu_9"])
      #expect(run.exitCode == 69)
    }
  }

  @Test func `cancel says who does it and why`() async throws {
    try await FakeDaemon.serving { daemon, port in
      let run = await CtlProcess.run(
        .data, port: port, ["topup", "cancel", "tu_1", "--reason", "wrong account"])
      #expect(run.exitCode == 0)
      #expect(run.lines[1] == "state     CANCELLED")
      let sent = try #require(daemon.withMemory { $0.cancelled.first })
      #expect(sent.actor == ActorMessage(name: "ops:maria", reason: "wrong account"))
    }
  }

  @Test func `quote shows what an amount buys`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port, ["topup", "quote", "--amount", "25 USD"] + CtlFixture.account)
      #expect(run.lines.contains("buys    250.5 CERE"))
    }
  }

  @Test func `colours come only when they are asked for`() async throws {
    try await FakeDaemon.serving { _, port in
      let plain = await CtlProcess.run(.data, port: port, ["topup", "get", "tu_1"])
      #expect(!plain.output.contains("\u{1B}"))
      let coloured = await CtlProcess.run(
        .data, port: port, ["topup", "get", "tu_1", "--color", "always"])
      #expect(coloured.output.contains("\u{1B}[32mCREDITED\u{1B}[0m"))
    }
  }

  @Test func `an answer that cannot be written is a failure`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.full, port: port, ["topup", "get", "tu_1"])
      #expect(run.exitCode == 1)
      #expect(run.output == "error: cannot write the answer: No space left on device\n")
    }
  }
}
