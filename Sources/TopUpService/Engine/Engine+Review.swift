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
    let step = try topUp.reviewing(action, at: clock.now)
    do throws(StoreError) { try await keep(step, of: topUp, with: extra) } catch {
      throw .store(error)
    }
    poke(topUp.id)
    return step.topUp
  }
}
