import TestSupport
import Testing
import TopUpAPI

@Suite struct ExplainCommandTests {
  private static let account = [
    "--cluster", "0x" + String(repeating: "07", count: 20),
    "--owner", "0x" + String(repeating: "09", count: 32),
  ]

  @Test func `explain shows the outcome, and each condition with both values`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(.data, port: port, ["explain"] + Self.account)
      #expect(run.exitCode == 0)
      #expect(run.lines.contains { $0.contains("would skip: NOT_LOW") })
      #expect(run.lines.contains { $0.contains("60 CERE is above the threshold of 50 CERE") })
      let low = run.lines.first { $0.hasPrefix("balance low") } ?? ""
      #expect(
        low.split(separator: " ") == ["balance", "low", "60", "CERE", "<=", "50", "CERE", "fails"])
      let cap = run.lines.first { $0.hasPrefix("caps fit") } ?? ""
      #expect(cap.contains("not reached") && cap.contains("(UTC) of the service"))
    }
  }

  @Test func `explain of the past says what was done, not what would be`() async throws {
    try await FakeDaemon.serving { _, port in
      let run = await CtlProcess.run(
        .data, port: port, ["explain", "--ago", "2h"] + Self.account)
      #expect(run.exitCode == 0)
      #expect(run.lines.contains { $0.contains("skipped: NOT_LOW") })
      #expect(!run.lines.contains { $0.contains("would") })
      let wrong = await CtlProcess.run(
        .data, port: port, ["explain", "--ago", "then"] + Self.account)
      #expect(wrong.exitCode == 64)
    }
  }

  @Test func `explain needs an account`() async throws {
    try await FakeDaemon.serving { _, port in
      #expect(await CtlProcess.run(.data, port: port, ["explain"]).exitCode == 64)
    }
  }
}
