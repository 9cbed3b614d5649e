import ProtobufRuntime
import Testing
import TopUpAPI
import TopUpCore

@testable import topupctl

@Suite struct DoctorTests {
  private static let now: Int64 = 1_800_000_000_000_000_000

  private func status(serverSeconds: Int64 = 1_800_000_000) -> GetStatusResponse {
    GetStatusResponse(
      version: Release.version, serverTime: ProtobufTimestamp(seconds: serverSeconds),
      components: [ComponentStatus(name: "store", healthy: true)])
  }

  private func verdicts(_ status: GetStatusResponse) -> [String: Finding.Verdict] {
    let findings = Doctor.judge(status, asked: Self.now, answered: Self.now + 20_000_000)
    return Dictionary(uniqueKeysWithValues: findings.map { ($0.name, $0.verdict) })
  }

  @Test func `a server that is well has no finding but ok`() {
    #expect(Set(verdicts(status()).values) == [.ok])
  }

  @Test(arguments: [
    (Int64(0), Finding.Verdict.ok), (2, .ok), (-2, .ok), (3, .warn), (-60, .warn), (61, .fail),
    (-3_600, .fail),
  ])
  func `a clock that differs is a warning, and beyond a minute a fault`(
    seconds: Int64, verdict: Finding.Verdict
  ) {
    #expect(verdicts(status(serverSeconds: 1_800_000_000 + seconds))["clock"] == verdict)
  }

  @Test func `a slow answer does not pass for a wrong clock`() {
    let findings = Doctor.judge(
      status(serverSeconds: 1_800_000_008), asked: Self.now, answered: Self.now + 8_000_000_000)
    #expect(findings.first { $0.name == "clock" }?.verdict == .ok)
  }

  @Test func `a part that is not well is a fault with a way to mend it`() {
    var status = status()
    status.components.append(ComponentStatus(name: "ramp", detail: "connection refused"))
    let findings = Doctor.judge(status, asked: Self.now, answered: Self.now)
    let ramp = findings.first { $0.name == "ramp" }
    #expect(ramp?.verdict == .fail)
    #expect(ramp?.detail == "connection refused")
    #expect(ramp?.fix?.isEmpty == false)
  }

  @Test func `what waits for someone is a warning`() {
    var status = status()
    status.version = "0.0.0"
    status.inboxWaiting = 2
    status.reviewItems = 1
    status.killSwitch = true
    let verdicts = verdicts(status)
    #expect(verdicts["version"] == .warn)
    #expect(verdicts["inbox"] == .warn)
    #expect(verdicts["review"] == .warn)
    #expect(verdicts["charging"] == .warn)
  }

  @Test func `dead letters are told before what is tried again by itself`() {
    var status = status()
    status.inboxWaiting = 2
    status.inboxDeadLetters = 1
    let findings = Doctor.judge(status, asked: Self.now, answered: Self.now)
    let inbox = findings.first { $0.name == "inbox" }
    #expect(inbox?.verdict == .warn && inbox?.detail == "1 webhook events were given up")
    #expect(inbox?.fix?.contains("inbox replay") == true)
  }
}
