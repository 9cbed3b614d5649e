import ProtobufRuntime
import Testing
import TopUpAPI

@testable import topupctl

@Suite struct BalanceReportTests {
  private let utc = TimeText { _ in 0 }

  private func lines(_ balance: BalanceView) -> [String] {
    var report = Report(isColoured: false)
    BalanceReport(balance, time: utc).write(to: &report)
    return report.lines
  }

  @Test func `a balance is shown in CERE with its block and how long it lasts`() {
    let balance = BalanceView(
      account: SampleTopUp.account, active: "500000000000", total: "600000000000", exists: true,
      pending: "2505000000000", unbilled: "2000000000", debt: "0", effective: "3003000000000",
      blockNumber: 100_800, blockHash: "0x01", finalized: true, readAt: SampleTopUp.at(0),
      runway: ProtobufDuration(seconds: 39_840), inFlight: [SampleTopUp.reserved])
    #expect(
      lines(balance).dropFirst().prefix(8) == [
        "active      50 CERE",
        "total       60 CERE",
        "unbilled    0.2 CERE",
        "on its way  250.5 CERE",
        "effective   300.3 CERE",
        "lasts       11 h 4 min",
        "block       100800 finalized 0x01",
        "read at     2027-01-15 08:00:00",
      ])
    #expect(lines(balance).contains { $0.hasPrefix("tu_1    RESERVED  25.00 USD") })
  }

  @Test func `an account that never had a deposit is not shown as empty`() {
    let lines = lines(BalanceView(account: SampleTopUp.account, active: "0", effective: "0"))
    #expect(lines.contains("active     never deposited"))
  }
}
