internal import TopUpCore

// Reconciliation: the three books are compared, and what is safe is mended by telling the top-up
// what is so outside, as a webhook would (invariants 36, 40).

extension Engine {
  /// Compares the three books; one comparison at a time.
  ///
  /// Nothing is written unless the request names who repairs.
  package func reconcile(
    _ request: ReconciliationRequest, isWanted: @escaping () -> Bool
  ) async throws(ReconciliationError) -> Reconciliation {
    while isReconciling {
      await withCheckedContinuation { waiter in
        // It may have ended on the way here.
        if isReconciling { reconcileWaiters.append(waiter) } else { waiter.resume() }
      }
    }
    guard !isStopped, isWanted() else { throw .givenUp }
    isReconciling = true
    defer {
      isReconciling = false
      for waiter in reconcileWaiters { waiter.resume() }
      reconcileWaiters = []
    }
    let result = try await compare(request) { [self] in !isStopped && isWanted() }
    for finding in result.findings {
      report(.different(finding.difference, isRepaired: finding.isRepaired))
    }
    report(.reconciled(result))
    lastReconciliation = result
    if request.since == nil { lastWhole[request.scope] = result }
    return result
  }

  private func compare(
    _ request: ReconciliationRequest, isWanted: @escaping () -> Bool
  ) async throws(ReconciliationError) -> Reconciliation {
    let begun = clock.now
    var result = Reconciliation(scope: request.scope, begun: begun, ended: begun)
    var survey = OutsideSurvey(
      store: store, outside: outside, now: begun, isWanted: isWanted)
    try await survey.run(since: request.since, cursor: orderMark(before: request.since))
    if let cursor = survey.cursor { noteOrderMark(begun, cursor) }
    result.compared = survey.compared
    result.lost = survey.lost
    let reader = BookReader(store: store, outside: outside)
    for id in survey.suspects {
      guard isWanted() else { throw .givenUp }
      let hint = survey.hints[id] ?? OutsideSurvey.Hint()
      let found = try unsettled(
        await reader.books(of: id, hint)
          .differences(at: clock.now, settledFor: request.settledFor))
      var standing = found
      if let repairer = request.repairer, try await repair(found, by: repairer) {
        standing = try await reader.books(of: id, hint)
          .differences(at: clock.now, settledFor: .zero)
      }
      result.findings += found.map { difference in
        let stands = standing.contains {
          $0.kind == difference.kind && $0.object == difference.object
        }
        return Reconciliation.Finding(difference: difference, isRepaired: !stands)
      }
    }
    result.findings += try waitingEvents().map {
      Reconciliation.Finding(difference: $0, isRepaired: false)
    }
    let use: MovementUse =
      request.repairer != nil ? .mend : request.scope == .asked ? .tell : .post
    result.findings += try await compareMovements(since: request.since, use, isWanted: isWanted)
    result.ended = clock.now
    return result
  }

  /// Without the alarms that a person has settled; figures that may change again are compared for
  /// ever.
  private func unsettled(
    _ differences: [Difference]
  ) throws(ReconciliationError) -> [Difference] {
    do throws(StoreError) {
      return try store.read { snapshot throws(StoreError) in
        var left: [Difference] = []
        for difference in differences {
          if difference.kind.isAlarm, try snapshot.isSettledByHand(difference.object) { continue }
          left.append(difference)
        }
        return left
      }
    } catch { throw .store(error) }
  }

  /// Webhook events that wait for too long; the first of them are enough to be told.
  private func waitingEvents() throws(ReconciliationError) -> [Difference] {
    do throws(StoreError) {
      let now = clock.now
      let waiting = try store.read { snapshot throws(StoreError) in
        var waiting = try snapshot.inbox(stuckOnly: true, after: nil, limit: 100)
        let due = now.advanced(by: .zero - Difference.eventWaitMax)
        for event in try snapshot.inboxWaiting(due, orBeyond: .max, limit: 100) {
          guard let stored = try snapshot.inboxEvent(event.id), stored.tries == 0 else { continue }
          waiting.append(stored)
        }
        return waiting
      }
      return waiting.compactMap { Difference(waiting: $0, at: now) }
    } catch { throw .store(error) }
  }

  // MARK: By the clock

  /// The schedule's own comparison: of the last days each hour, of everything once a day. It mends
  /// nothing; what stands for a while is told (invariant 40).
  func sweepBooks() async {
    let now = clock.now
    // A clock that was ahead must not put the next one off (invariant 48).
    let isFull =
      fullComparison.map { $0 <= now || $0.since(now) > settings.booksFullPeriod } ?? true
    let request = ReconciliationRequest(
      scope: isFull ? .full : .recent,
      since: isFull ? nil : now.advanced(by: .zero - settings.booksSpan),
      settledFor: settings.booksSettledFor)
    var wait = settings.booksPeriod
    do throws(ReconciliationError) {
      _ = try await reconcile(request) { true }
      if isFull { fullComparison = now.advanced(by: settings.booksFullPeriod) }
    } catch {
      report(.reconciliationFailed(error.words))
      wait = settings.booksRetry
      // More than one pass reads stays so: the last days are compared all the same.
      if case .tooMany = error, isFull {
        fullComparison = now.advanced(by: settings.booksFullPeriod)
      }
    }
    schedule.set(.books, at: clock.now.advanced(by: wait))
  }

  // MARK: Mending

  /// Tells top-ups what is so outside, each by its ordinary door. What contradicts a top-up's record
  /// parks it for a person, as from any other source.
  ///
  /// - Returns: whether any was changed.
  private func repair(
    _ differences: [Difference], by repairer: String
  ) async throws(ReconciliationError) -> Bool {
    var isChanged = false
    for difference in differences {
      guard let id = difference.topUp else { continue }
      for event in difference.repair {
        // One that tells of several refunds books one by one.
        for _ in 0..<Self.repairsMax {
          guard try await repair(id, event, by: repairer) else { break }
          isChanged = true
        }
      }
    }
    return isChanged
  }

  private static let repairsMax = 10

  private func repair(
    _ id: TopUpID, _ event: TopUpEvent, by repairer: String
  ) async throws(ReconciliationError) -> Bool {
    do throws(StoreError) {
      for _ in 0..<settings.conflictRetriesMax {
        let stored = try store.read { snapshot throws(StoreError) in try snapshot.topUp(id) }
        guard let topUp = stored, var step = judge(event, on: topUp), !step.isWaiting else {
          return false
        }
        step.cause = "reconciled by \(repairer): \(step.cause)"
        do throws(StoreError) {
          try await keep(step, of: topUp)
          poke(id)
          return true
        } catch {
          // One automatic top-up of an account at a time (invariant 2): its turn comes.
          if case .conflict(.inFlight) = error { return false }
          guard case .conflict = error else { throw error }
        }
      }
      return false
    } catch { throw .store(error) }
  }

  // MARK: Where the ramp's list is gone on with

  /// Its list knows no times: an earlier comparison's end, from before the window, is where this one
  /// begins.
  private func orderMark(before since: UnixTime?) -> String? {
    guard let since else { return nil }
    return orderMarks.last { $0.at <= since }?.cursor
  }

  private func noteOrderMark(_ at: UnixTime, _ cursor: String) {
    orderMarks.append((at, cursor))
    if orderMarks.count > settings.orderMarksMax { orderMarks.removeFirst() }
  }
}
