internal import TopUpCore

extension Engine {
  /// Does what an operator wants with a top-up that waits for a person, and goes on with it.
  ///
  /// - Parameters:
  ///   - topUp: as it was read; nothing is kept when it has moved since.
  ///   - extra: committed with it.
  /// - Throws: `reviewRefused` where the verb's guard does not hold.
  /// - Returns: the top-up after it.
  func review(
    _ topUp: TopUp, _ action: ReviewAction, with extra: [Change]
  ) async throws(ServiceError) -> TopUp {
    try await follow(.reviewed(action), of: topUp, with: extra)
  }

  /// Gives a charge back that nothing was delivered for, as ``review(_:_:with:)`` does.
  ///
  /// - Throws: `notRefunded` where it is not to be given back.
  func refund(
    _ topUp: TopUp, _ wish: RefundWish, with extra: [Change]
  ) async throws(ServiceError) -> TopUp {
    try await follow(.refundWished(wish), of: topUp, with: extra)
  }

  private func follow(
    _ word: TopUpEvent, of topUp: TopUp, with extra: [Change]
  ) async throws(ServiceError) -> TopUp {
    let step = try topUp.following(word, at: clock.now)
    do throws(StoreError) { try await keep(step, of: topUp, with: extra) } catch {
      throw .store(error)
    }
    poke(topUp.id)
    return step.topUp
  }
}
