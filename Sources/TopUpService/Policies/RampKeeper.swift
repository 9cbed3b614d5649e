internal import TopUpCore

/// An operator's verbs on the ramp: its breaker and the prices it is held to (invariants 4, 52).
struct RampKeeper {
  private static let roundsMax = 8

  let store: any Store
  let clock: any WallClock
  let fence: Int64

  /// Lets charges go on that the ramp is to deliver.
  ///
  /// - Parameter expected: the version that was looked at; 0 for whatever it is now.
  /// - Returns: how the ramp stands after it; one that nothing stands against is left as it is.
  func clear(
    actor: String, reason: String, expected: Int64
  ) async throws(ServiceError) -> RampStanding {
    try await changing { snapshot throws(StoreError) in
      let known = try snapshot.rampStanding()
      guard expected == 0 || expected == known.version else {
        return .failure(.versionConflict(expected: expected, found: known.version))
      }
      guard known.isOpen || known.compensations > 0 else { return .success((known, [])) }
      let next = known.cleared(by: actor, reason)
      return .success((next, [.putRamp(next), .evaluateSkipped([.rampBreakerOpen], tenant: nil)]))
    }
  }

  /// Takes a price for the one that quotes are held against from now on.
  func accept(
    _ rateNano: Int64, _ currency: Currency, actor: String, reason: String, expected: Int64
  ) async throws(ServiceError) -> AcceptedPrice {
    try await changing { snapshot throws(StoreError) in
      let known = try snapshot.acceptedPrices().first { $0.currency == currency }
      let version = known?.version ?? 0
      guard expected == 0 || expected == version else {
        return .failure(.versionConflict(expected: expected, found: version))
      }
      let next = AcceptedPrice(
        currency: currency, rateNano: rateNano, accepted: clock.now, actor: actor, reason: reason,
        version: version + 1)
      return .success((next, [.putPrice(next), .evaluateSkipped([.priceOutOfBand], tenant: nil)]))
    }
  }

  /// Reads, decides and commits, and again when something came in between.
  private func changing<Value>(
    _ decide: (any StoreSnapshot) throws(StoreError) -> Result<(Value, [Change]), ServiceError>
  ) async throws(ServiceError) -> Value {
    for _ in 0..<Self.roundsMax {
      let (value, changes) = try store.look(decide).get()
      guard !changes.isEmpty else { return value }
      do throws(StoreError) {
        try await store.commit(Commit(now: clock.now, fence: fence, changes))
        return value
      } catch {
        guard case .conflict(.changed) = error else { throw .store(error) }
      }
    }
    throw .store(.conflict(.changed("ramp")))
  }
}
