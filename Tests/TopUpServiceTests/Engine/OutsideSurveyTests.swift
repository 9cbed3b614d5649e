import TestSupport
import Testing
import TopUpCore

@testable import TopUpService

/// Goes through the lists of the processor and the ramp to their ends.
@Suite struct OutsideSurveyTests {
  /// A ramp that lists an order of somebody else's which cannot be read here.
  private struct SharedRamp: Ramp {
    let inner: any Ramp

    func orders(after cursor: String?, limit: Int) async -> OutsideResult<RampOrderPage> {
      let result = await inner.orders(after: cursor, limit: limit)
      guard case .answered(var page) = result else { return result }
      let all = page.orders.count
      page.orders.removeAll { $0.id == ClientOrderID("tu_strange:1") }
      page.skipped += all - page.orders.count
      return .answered(page)
    }

    func capabilities() async -> OutsideResult<RampCapabilities> { await inner.capabilities() }
    func quote(_ request: QuoteRequest) async -> OutsideResult<Quote> {
      await inner.quote(request)
    }
    func createOrder(_ request: CreateOrder) async -> OutsideResult<RampOrder> {
      await inner.createOrder(request)
    }
    func order(_ id: ClientOrderID) async -> OutsideResult<RampOrder> { await inner.order(id) }
    func cancelOrder(_ id: ClientOrderID) async -> OutsideResult<RampOrder> {
      await inner.cancelOrder(id)
    }
    func health() async -> OutsideResult<RampHealth> { await inner.health() }
  }

  private func order(_ harness: EngineHarness, _ id: String) throws {
    let account = harness.account
    let offered = harness.answer { [outside = harness.outside] in
      await outside.ramp.quote(
        QuoteRequest(side: .fiat(Money(minorUnits: 500, .usd)), cluster: account.cluster))
    }
    let quote = try #require(offered)
    let made = harness.answer { [outside = harness.outside] in
      await outside.ramp.createOrder(
        CreateOrder(
          id: ClientOrderID(id), quote: quote.id, destination: account, tokens: quote.tokens,
          paymentReference: "aside"))
    }
    _ = try #require(made)
  }

  @Test func `a full page with somebody else's unreadable order is not the list's end (40, 50)`()
    throws
  {
    let harness = try EngineHarness()
    try order(harness, "tu_strange:1")
    for number in 1...99 { try order(harness, "tu_other\(number):1") }
    try order(harness, "tu_lost:1")
    let outside = Outside(
      processor: harness.outside.processor, ramp: SharedRamp(inner: harness.outside.ramp),
      node: harness.outside.node)
    let done = harness.loop.start { [store = harness.gate, now = harness.clock.now] in
      var survey = OutsideSurvey(store: store, outside: outside, now: now, isWanted: { true })
      try await survey.run(since: nil, cursor: nil)
      return survey.suspects
    }
    let suspects = try #require(done.result).get()
    #expect(suspects.count == 100 && suspects.last == TopUpID("tu_lost"))
  }
}
