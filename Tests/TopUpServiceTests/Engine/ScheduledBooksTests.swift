import RPCServer
import SimulatedWorld
import TestSupport
import Testing
import TopUpCore

@testable import TopUpService

/// The three books, compared by the clock (invariant 40).
@Suite struct ScheduledBooksTests {
  private func results(_ harness: EngineHarness) -> [Reconciliation] {
    harness.reports.compactMap { if case .reconciled(let result) = $0 { result } else { nil } }
  }

  @Test func `all is compared once a day and the last days each hour, and nothing is mended`()
    throws
  {
    let harness = try EngineHarness { $0.eventsPeriod = .seconds(400_000) }
    try harness.start()
    try harness.setPolicy { $0.day = Policy.Cap(count: 1) }
    harness.loop.advance(by: .seconds(1_000))
    #expect(results(harness).map(\.scope) == [.full])
    let topUp = try #require(try harness.topUps().first)
    let intent = try #require(topUp.succeededIntent)
    harness.world.control("stripe/refund", #"{"intent": "\#(intent)", "amount": 200}"#)
    // Younger than two hours it may be under way.
    harness.loop.advance(by: .seconds(2 * 3_600))
    #expect(results(harness).map(\.scope) == [.full, .recent, .recent])
    #expect(results(harness).allSatisfy { $0.findings == [] })
    harness.loop.advance(by: .seconds(3_600))
    let found = try #require(results(harness).last)
    #expect(found.open.map(\.difference.kind) == [.refundSum])
    #expect(try harness.topUps().first?.books.refunded == 0)
    #expect(harness.onEngine { $0.lastReconciliation } == found)
    harness.loop.advance(by: .seconds(22 * 3_600))
    #expect(results(harness).count { $0.scope == .full } == 2)
    let meter = BooksMeter()
    for report in harness.reports { meter.note(report) }
    var text = ExpositionText()
    meter.write(to: &text)
    #expect(text.text.contains("topup_books_differences{kind=\"refund_sum\"} 1\n"))
    #expect(text.text.contains("topup_books_comparisons_failed_total 0\n"))
    #expect(text.text.contains("topup_books_compared_timestamp_seconds{scope=\"full\"} 17"))
  }

  @Test func `a comparison that fails is told, and made again`() throws {
    let harness = try EngineHarness()
    try harness.start()
    harness.loop.advance(by: .seconds(30))
    harness.world.setFaults(
      FaultRule(
        .ramp, method: "GET", pathPrefix: "/v1/orders", .all, .answer(status: 500, body: "")))
    harness.loop.advance(by: .seconds(1_900))
    let failed = harness.reports.compactMap {
      if case .reconciliationFailed(let words) = $0 { words } else { nil as String? }
    }
    #expect(failed.count == 3 && failed.first?.hasPrefix("the ramp did not answer") == true)
    harness.world.setFaults()
    harness.loop.advance(by: .seconds(600))
    #expect(results(harness).map(\.scope) == [.full])
  }
}
