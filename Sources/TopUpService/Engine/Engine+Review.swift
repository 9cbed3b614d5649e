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
    do throws(StoreError) {
      let kept = try await keep(step, of: topUp, with: extra)
      poke(topUp.id)
      return kept
    } catch { throw .store(error) }
  }

  /// Whether our clock may say that a charge was held for long enough: it may have been set forward,
  /// and what follows cannot be undone (invariant 48). Looked at again later where it may not.
  func trustsClock(for topUp: TopUp, _ now: UnixTime) async -> Bool {
    guard topUp.holdRule.isTimed else { return true }
    if await clockAgreement().objection == nil { return true }
    schedule.set(.topUp(topUp.id), at: now.advanced(by: settings.holdRetry))
    return false
  }
}

extension TopUp {
  /// Whether its hold is over by our clock.
  func endsHold(_ now: UnixTime) -> Bool {
    state == .depositHeld && (hold?.until.map { $0 <= now } ?? false)
  }
}
