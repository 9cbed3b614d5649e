import ProtobufRuntime
import Testing
import TopUpAPI

@testable import topupctl

@Suite struct TopUpViewTests {
  private let utc = TimeText { _ in 0 }

  private func lines(_ write: (inout Report) -> Void) -> [String] {
    var report = Report(isColoured: false)
    write(&report)
    return report.lines
  }

  @Test func `a top-up is shown with its whole history`() {
    let lines = lines { TopUpView(SampleTopUp.credited, time: utc).write(to: &$0) }
    #expect(
      lines == [
        "top-up     tu_1",
        "state      CREDITED",
        "account    6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi in cluster "
          + "0x0059f5ada35eee46802d80750d5ca4a490640511",
        "payer      42 of console",
        "amount     25.00 USD (net 24.25 USD, fee 0.75 USD)",
        "quoted     250.5 CERE",
        "delivered  250.5 CERE",
        "begun by   user",
        "created    2027-01-15 08:00:00",
        "updated    2027-01-15 08:00:15",
        "",
        "attempts",
        "#  CARD           STATE      PAYMENT INTENT  CHARGE  STARTED",
        "1  visa ····4242  succeeded  pi_1            ch_1    08:00:01",
        "",
        "orders",
        "ORDER   STATE         ORDERED    CREDITED   BLOCK  FINAL  EXTRINSIC",
        "tu_1:1  COMPLETED  250.5 CERE  250.5 CERE  100800  yes    0xaffb44…42a4",
        "",
        "timeline",
        "TIME                 AFTER  STATE     CAUSE",
        "2027-01-15 08:00:00         RESERVED  asked for by a user",
        "2027-01-15 08:00:01    1 s  CHARGING  intent made",
        "2027-01-15 08:00:15   14 s  CREDITED  finalized",
        "",
        "ledger",
        "POS  TIME                 ENTRY             ACCOUNT                                   "
          + "     DEBIT      CREDIT        BALANCE",
        " 12  2027-01-15 08:00:03  charge captured   processor:USD                             "
          + " 25.00 USD               99.00 USD Dr",
        "                                            held:ddc:0059f5ad…0511:d43593c7…a27d:USD  "
          + "             25.00 USD   25.00 USD Cr",
        " 13  2027-01-15 08:00:15  tokens delivered  delivered:ddc:x                           "
          + "250.5 CERE              250.5 CERE Dr",
        "                                            conversion:CERE                           "
          + "            250.5 CERE         0 CERE",
      ])
  }

  @Test func `a decline is told in words, with its codes`() {
    let lines = lines { TopUpView(SampleTopUp.declined, time: utc).writeSummary(to: &$0) }
    #expect(
      lines.contains(
        "decline   The card does not have enough money. (soft, card_declined, insufficient_funds)"))
    #expect(!lines.contains { $0.hasPrefix("delivered") })
  }

  @Test func `a change is one line with its cause`() {
    let step = Transition(to: .charging, cause: "intent made", at: SampleTopUp.at(1))
    var record = SampleTopUp.reserved
    record.state = .charging
    let line = lines {
      TopUpView(record, time: utc).writeChange(step, names: false, to: &$0)
    }
    #expect(line == ["08:00:01  CHARGING          intent made"])
    let named = lines {
      TopUpView(SampleTopUp.credited, time: utc).writeChange(nil, names: true, to: &$0)
    }
    #expect(named == ["08:00:15  tu_1  CREDITED          250.5 CERE delivered"])
  }

  @Test func `a list has a line for each top-up`() {
    let table = TopUpView.table([SampleTopUp.credited, SampleTopUp.reserved], time: utc)
    #expect(
      table.lines(isColoured: false) == [
        "TOP-UP  STATE        AMOUNT   DELIVERED  ACCOUNT                        BEGUN BY  "
          + "CREATED              NOTE",
        "tu_1    CREDITED  25.00 USD  250.5 CERE  6UJs2Uj5…Hmpi @ 0x0059f5…0511  user      "
          + "2027-01-15 08:00:00  250.5 CERE delivered",
        "tu_1    RESERVED  25.00 USD              6UJs2Uj5…Hmpi @ 0x0059f5…0511  user      "
          + "2027-01-15 08:00:00",
      ])
  }

  @Test func `times that no server should send do no harm`() {
    var record = SampleTopUp.reserved
    record.transitions = [
      Transition(to: .reserved, at: ProtobufTimestamp(seconds: .min, nanos: .min)),
      Transition(to: .charging, at: ProtobufTimestamp(seconds: 0, nanos: .max)),
      Transition(to: .charged, at: ProtobufTimestamp(seconds: .max, nanos: .max)),
    ]
    record.decline = DeclineDetail(retryAt: ProtobufTimestamp(seconds: .max))
    let lines = lines { TopUpView(record, time: .local).write(to: &$0) }
    #expect(lines.contains { $0.hasPrefix("a moment beyond the calendar") })
  }

  @Test func `an amount that the ledger cannot have is shown as it came`() {
    let entry = LedgerEntry(
      position: 1, postings: [Posting(account: "a", asset: "USD", amount: "?", balanceAfter: "!")])
    let table = LedgerView([entry], time: utc).table
    #expect(table.rows[0].map(\.text) == ["1", "", "", "a", "?", "", "!"])
  }
}
