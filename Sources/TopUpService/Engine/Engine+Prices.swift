internal import TopUpCore

extension Engine {
  /// The first looks after a start. Prices are a deployment's, and change with a start: where they have,
  /// whoever waited for one, or for another amount, is looked at (invariant 51). What is too large with
  /// a debt is the list's price, too.
  func beginLooks() async throws(StoreError) {
    let prices = Change.notePrices(
      settings.prices.digest, look: [.creditsUnpriced, .amountOutOfBounds, .debtTooLarge])
    try await store.commit(Commit(now: clock.now, fence: settings.fence, [prices]))
    schedule.set(.evaluations, at: clock.now)
  }
}
