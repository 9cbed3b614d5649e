import StrictJSON
import TestSupport
import Testing

@Suite struct LedgerCommandTests {
  private let head = "13:" + String(repeating: "ab", count: 32)

  @Test func `ledger head prints what ledger verify takes`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["ledger", "head"])
      #expect(run.exitCode == 0)
      #expect(run.lines == [Substring(head)])
      let verified = await CtlProcess.run(.data, port: port, ["ledger", "verify", "--head", head])
      #expect(verified.exitCode == 0)
      #expect(verified.lines == ["sound: head \(head)"])
    }
  }

  @Test func `ledger verify ends with 1 and tells each fault`() async throws {
    try await FakeDaemon.serving { _, port in
      let later = "14" + head.dropFirst(2)
      let run = await CtlProcess.run(.data, port: port, ["ledger", "verify", "--head", later])
      #expect(run.exitCode == 1)
      #expect(run.lines == ["entry 14: was exported as the head, and is not there"])
      let said = await CtlProcess.run(
        .complaints, port: port, ["ledger", "verify", "--head", later])
      #expect(said.lines == ["error: the ledger is not sound"])
    }
  }

  @Test(arguments: [
    ["verify", "--head", "13"], ["verify", "--head", "0:" + String(repeating: "00", count: 32)],
    ["balance", "--at", "0"] + CtlFixture.account, ["export"] + CtlFixture.account,
    ["export", "--format", "xml"] + CtlFixture.account, ["export", "--format", "csv"],
    ["export", "--format", "csv", "--from", "3", "--to", "2"] + CtlFixture.account,
  ])
  func `a wrong command line is refused before anything is asked`(arguments: [String]) async {
    let run = await CtlProcess.run(.complaints, port: 1, ["ledger"] + arguments)
    #expect(run.exitCode == 64, "\(run.output)")
  }

  @Test func `ledger balance shows what stood after an entry`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port, ["ledger", "balance", "--at", "12"] + CtlFixture.account)
      #expect(run.exitCode == 0)
      #expect(run.lines.first == "after entry 12")
      #expect(run.lines.count == 3)
      #expect(run.lines.last?.contains("25.00 USD Cr") == true)
    }
  }

  @Test func `ledger export csv leads from one balance to the next in exact decimals`()
    async throws
  {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port, ["ledger", "export", "--format", "csv"] + CtlFixture.account)
      let held = SampleTopUp.held
      #expect(run.exitCode == 0)
      #expect(
        run.lines == [
          "position,time,description,top_up,ledger_account,asset,debit,credit,balance_after",
          ",,opening balance,,delivered:ddc:x,CERE,,,0",
          ",,opening balance,,\(held),USD,,,0.00",
          "12,2027-01-15T08:00:03Z,charge captured,tu_1,\(held),USD,,25.00,-25.00",
          "13,2027-01-15T08:00:15Z,tokens delivered,tu_1,delivered:ddc:x,CERE,250.5,,250.5",
          ",,closing balance,,delivered:ddc:x,CERE,,,250.5",
          ",,closing balance,,\(held),USD,,,-25.00",
        ])
    }
  }

  @Test func `ledger export json begins where it was told to`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port,
        ["ledger", "export", "--format", "json", "--from", "13"] + CtlFixture.account)
      #expect(run.exitCode == 0)
      let json = try #require(run.json)
      let entries = try #require(json["entries"]?.array)
      #expect(entries.count == 1)
      #expect(entries[0]["debit"] == "250.5" && entries[0]["credit"] == "")
      #expect(json["opening"]?.array?.compactMap { $0["balance"]?.string } == ["0", "-25.00"])
      #expect(json["closing"]?.array?.compactMap { $0["balance"]?.string } == ["250.5", "-25.00"])
    }
  }

  @Test func `a statement that does not add up is not printed`() async throws {
    try await FakeDaemon.serving { daemon, port in
      daemon.withMemory { $0.closingSlip = 1 }
      let arguments = ["ledger", "export", "--format", "csv"] + CtlFixture.account
      let run = await CtlProcess.run(.data, port: port, arguments)
      #expect(run.exitCode == 1 && run.output == "")
      let said = await CtlProcess.run(.complaints, port: port, arguments)
      #expect(said.output.contains("entries do not lead to its closing balance"))
    }
  }
}
