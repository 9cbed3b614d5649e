internal import TopUpCore

// The way back for a store that is not the whole truth: what it does not have is settled by persons,
// each thing by its id, and only then is anything sent again (invariants 50, 52).

extension Engine {
  /// Notes that a person has settled what an alarm is about, of the last comparison or of the last of
  /// everything: the schedule's own of the last days comes every hour, and shows less.
  func settleByHand(_ object: String, by actor: String) async throws(ServiceError) {
    let isSettled = try store.look { snapshot throws(StoreError) in
      try snapshot.isSettledByHand(object)
    }
    if isSettled { return }
    let whole = Reconciliation.Scope.allCases.compactMap { lastWhole[$0] }
    let told = ([lastReconciliation].compactMap(\.self) + whole).flatMap(\.open)
      .map(\.difference).first { $0.object == object && $0.kind.isAlarm }
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
    behind = nil
    // Every account looks again, under an episode that no lost one had.
    pokeEvaluations()
    return reason
  }
}
