internal import TopUpCore

// The way back for a store that is not the whole truth: what it does not have is settled by persons,
// each thing by its id, and only then is anything sent again (invariants 50, 52).

extension Engine {
  /// Notes that a person has settled what an alarm of the last comparison is about.
  func settleByHand(_ object: String, by actor: String) async throws(ServiceError) {
    let isSettled = try store.look { snapshot throws(StoreError) in
      try snapshot.isSettledByHand(object)
    }
    if isSettled { return }
    if isAnotherStore(object) {
      try await store.keep(
        [.settleByHand(object: object, actor: actor)], at: clock.now, fence: settings.fence)
      return
    }
    let told = lastReconciliation?.open.map(\.difference).first {
      $0.object == object && $0.kind.isAlarm
    }
    guard let told else {
      throw .nothingToSettle("no alarm of the last comparison is about \(object)")
    }
    var changes: [Change] = [.settleByHand(object: object, actor: actor)]
    // A caller that asks again for what is lost would get its id, and so its keys outside.
    if told.kind.isOfLostTopUp, let topUp = told.topUp {
      changes.append(.settleByHand(object: topUp.rawValue, actor: actor))
    }
    try await store.keep(changes, at: clock.now, fence: settings.fence)
  }

  /// Compares everything, and lets this store send again where nothing of a top-up stands.
  ///
  /// - Returns: why it was behind.
  func clearBehind(
    by actor: String, isWanted: @escaping () -> Bool
  ) async throws(ServiceError) -> String {
    let stored = try store.look { snapshot throws(StoreError) in try snapshot.settings() }
    guard let reason = stored.behind else { throw .nothingToSettle("this store is not behind") }
    if let other = try storeNotTakenOver() { throw .notSettled([other]) }
    // What is made from now on is seen by the next look at the events.
    let through: UnixTime
    let result: Reconciliation
    do throws(ReconciliationError) {
      through = try await outside.processor.serverTime().answer(of: "processor")
      let all = ReconciliationRequest(scope: .asked, since: nil, settledFor: nil)
      result = try await reconcile(all, isWanted: isWanted)
    } catch { throw error.refusal }
    let left = result.open.map(\.difference).filter { $0.kind.isOfTopUp }
    guard left.isEmpty else {
      throw .notSettled(left.map { "\($0.kind.rawValue) \($0.object)" })
    }
    try await store.keep(
      [.clearBehind(actor: actor, through: through)], at: clock.now, fence: settings.fence)
    (behind, otherStore) = (nil, nil)
    // Every account looks again, under an episode that no lost one had.
    pokeEvaluations()
    return reason
  }
}
