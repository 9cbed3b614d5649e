internal import TopUpCore

extension Engine {
  /// The first looks after a start. Prices are a deployment's, and change with a start: whoever waited
  /// for one, or for another amount, is looked at (invariant 51).
  func beginLooks() async throws(StoreError) {
    if !settings.prices.isEmpty {
      let looks = Change.evaluateSkipped([.creditsUnpriced, .amountOutOfBounds], tenant: nil)
      try await store.commit(Commit(now: clock.now, fence: settings.fence, [looks]))
    }
    schedule.set(.evaluations, at: clock.now)
  }
}
