internal import TopUpCore

// The way back for a store that is not the whole truth: what it does not have is settled by persons,
// each thing by its id, and only then is anything sent again (invariants 50, 52).

extension Engine {
  /// Sends nothing any more, also after a restart: the operator reconciles, or puts the newest copy
  /// in place.
  ///
  /// - Parameter received: when the event came that showed it; nil for what is only seen now.
  func stopBehind(
    _ reason: String, shownBy received: UnixTime? = nil
  ) async throws(StoreError) {
    lossesMeanwhile?.add(reason, shownBy: received)
    if behind == nil {
      behind = reason
      report(.storeIsBehind(reason))
    }
    try await keepBehind()
  }

  /// Has the store say itself why it is behind, where it does not yet: a commit of that may have been
  /// refused, and a restart goes by what is kept.
  func keepBehind() async throws(StoreError) {
    guard let behind else { return }
    let stored = try store.read { snapshot throws(StoreError) in try snapshot.settings() }
    guard stored.behind == nil else { return }
    try await store.commit(
      Commit(now: clock.now, fence: settings.fence, [.markBehind(behind)]))
  }

  /// Notes that a person has settled what an alarm is about, of the last comparison or of the last of
  /// everything: the schedule's own of the last days comes every hour, and shows less.
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
    let whole = Reconciliation.Scope.allCases.compactMap { lastWhole[$0] }
    let told = ([lastReconciliation].compactMap(\.self) + whole).flatMap(\.open)
      .map(\.difference).first { $0.object == object && $0.kind.isAlarm }
    guard let told else {
      throw .nothingToSettle("no alarm of the last comparison is about \(object)")
    }
    var changes: [Change] = [.settleByHand(object: object, actor: actor)]
    // A caller that asks again for what is lost would get its id, and so its keys outside.
    if told.kind.isOfLostTopUp, let topUp = told.topUp, try isLost(topUp) {
      changes.append(.settleByHand(object: topUp.rawValue, actor: actor))
    }
    try await store.keep(changes, at: clock.now, fence: settings.fence)
  }

  /// Whether this store does not have a top-up.
  private func isLost(_ id: TopUpID) throws(ServiceError) -> Bool {
    try store.look { snapshot throws(StoreError) in try snapshot.topUp(id) } == nil
  }

  /// Compares everything, and lets this store send again where nothing of a top-up stands.
  ///
  /// - Returns: why it was behind.
  func clearBehind(
    by actor: String, isWanted: @escaping () -> Bool
  ) async throws(ServiceError) -> String {
    // Before anything else: of two who ask where there is nothing to settle, neither waits.
    let isMarked = try store.look { snapshot throws(StoreError) in
      try snapshot.settings().behind != nil
    }
    guard isMarked || behind != nil else {
      throw .nothingToSettle("this store is not behind")
    }
    guard lossesMeanwhile == nil else {
      throw .dependencyUnavailable(name: "store", detail: "somebody else's comparison goes on")
    }
    lossesMeanwhile = LossesMeanwhile(since: clock.now)
    defer { lossesMeanwhile = nil }
    do throws(StoreError) { try await keepBehind() } catch { throw .store(error) }
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
    // A pass goes on from where the comparison had been: what it found since stands, too.
    await passEnded()
    isClearingBehind = true
    defer { isClearingBehind = false }
    try checkNoLoss()
    // Whose charge was given back differs in nothing any more; a caller that asks for it again would
    // have it charged anew (invariants 43, 50).
    let lost = result.lost.sorted { $0.rawValue < $1.rawValue }
      .map { Change.settleByHand(object: $0.rawValue, actor: actor) }
    try await store.keep(
      lost + [.clearBehind(actor: actor, through: through)], at: clock.now, fence: settings.fence)
    // A webhook's event may have shown something while that was kept.
    do throws(ServiceError) { try checkNoLoss() } catch {
      do throws(StoreError) { try await keepBehind() } catch { throw .store(error) }
      throw error
    }
    (behind, otherStore) = (nil, nil)
    // Every account looks again, under an episode that no lost one had.
    pokeEvaluations()
    return reason
  }

  private func checkNoLoss() throws(ServiceError) {
    guard let found = lossesMeanwhile?.found, !found.isEmpty else { return }
    throw .notSettled(found.map { "found meanwhile: \($0)" })
  }

  /// Returns while no pass through what the processor and the ramp know is under way.
  private func passEnded() async {
    while isSweepingEvents, !isStopped {
      await withCheckedContinuation { waiter in
        // It may have ended on the way here.
        let isUnderWay = isSweepingEvents && !isStopped
        if isUnderWay { catchUpWaiters.append(waiter) } else { waiter.resume() }
      }
    }
  }
}

/// What shows that a store lacks something, while it is compared with the processor and the ramp.
struct LossesMeanwhile {
  /// What the refusal tells at most.
  private static let most = 100

  /// When the comparison began: it covers what had been told by then.
  let since: UnixTime
  private(set) var found: [String] = []

  init(since: UnixTime) { self.since = since }

  mutating func add(_ reason: String, shownBy received: UnixTime?) {
    if let received, received < since { return }
    if found.count < Self.most { found.append(reason) }
  }
}
