import Synchronization
import TopUpCore
import TopUpService

/// A ramp that delivers whatever is ordered, in a block of its own, at once.
final class InstantRamp: Ramp {
  private let orders = Atomic<UInt64>(0)
  private let quotes = Atomic<Int>(0)

  func health() async -> OutsideResult<RampHealth> {
    .answered(RampHealth(isHealthy: true, headroom: Planck(1 << 100)))
  }

  func quote(_ request: QuoteRequest) async -> OutsideResult<Quote> {
    let number = quotes.add(1, ordering: .relaxed).newValue
    return .answered(MadeUp.quote(number, at: SystemClock().now))
  }

  func createOrder(_ request: CreateOrder) async -> OutsideResult<RampOrder> {
    let number = orders.add(1, ordering: .relaxed).newValue
    return .answered(
      RampOrder(
        id: request.id, state: .completed, version: 1, ordered: request.tokens,
        credited: request.tokens,
        evidence: ChainEvidence(
          extrinsicHash: InstantNode.hash(number), blockHash: InstantNode.hash(number),
          blockNumber: number, eventIndex: 3),
        existentialSkim: false, reason: nil, fundsMoved: .yes, updated: SystemClock().now))
  }

  func orders(after cursor: String?, limit: Int) async -> OutsideResult<RampOrderPage> {
    .answered(RampOrderPage(orders: [], cursor: cursor))
  }

  // MARK: What no deposit needs

  func capabilities() async -> OutsideResult<RampCapabilities> { .notSent("not offered") }
  func order(_ id: ClientOrderID) async -> OutsideResult<RampOrder> { .notSent("not offered") }
  func cancelOrder(_ id: ClientOrderID) async -> OutsideResult<RampOrder> {
    .notSent("not offered")
  }
}
