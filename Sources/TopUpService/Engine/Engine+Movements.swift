internal import TopUpCore

// The processor's own movements of our balance, fees and payouts: each is posted once, by its id,
// whenever it is shown, and compared with what was posted (invariants 24, 25, 40).

extension Engine {
  /// What is done with movements that stand in no entry.
  enum MovementUse {
    /// The schedule's: posted, as a matter of course.
    case post
    /// A repair's: those that have waited for too long are posted, and told.
    case mend
    /// Told, where they have waited for too long.
    case tell
  }

  /// Goes through the processor's list of movements, and through ours beside it.
  func compareMovements(
    since: UnixTime?, _ use: MovementUse, isWanted: () -> Bool
  ) async throws(ReconciliationError) -> [Reconciliation.Finding] {
    let from = since?.advanced(by: .zero - OutsideSurvey.slack) ?? UnixTime(seconds: 0)
    var seen: Set<String> = []
    var findings: [Reconciliation.Finding] = []
    var after: String?
    for index in 0... {
      guard isWanted() else { throw .givenUp }
      guard index < OutsideSurvey.pagesMax else { throw .tooMany(name: "movements") }
      let page = try await outside.processor.movements(since: from, after: after)
        .answer(of: "processor")
      var rest = page.elements[...]
      while !rest.isEmpty {
        let part = rest.prefix(OutsideSurvey.readAtOnce)
        rest = rest.dropFirst(OutsideSurvey.readAtOnce)
        for movement in part { seen.insert(movement.id) }
        findings += try await compare(Array(part), use)
        await Task.yield()
      }
      guard let next = page.next else { break }
      after = next
    }
    return try await findings + missing(since: since, seen)
  }

  private func compare(
    _ movements: [ProcessorMovement], _ use: MovementUse
  ) async throws(ReconciliationError) -> [Reconciliation.Finding] {
    let now = clock.now
    var findings: [Reconciliation.Finding] = []
    for (movement, known) in zip(movements, try records(of: movements)) {
      let isNew = known.noted == nil && known.isOurs
      if use == .post, isNew {
        try await post(movement)
        continue
      }
      let difference = movement.difference(
        noted: known.noted, isOurs: known.isOurs, topUp: known.owner, at: now)
      guard let difference else { continue }
      if use == .mend, isNew { try await post(movement) }
      findings.append(
        Reconciliation.Finding(difference: difference, isRepaired: use == .mend && isNew))
    }
    return findings
  }

  private struct MovementRecord {
    var noted: ProcessorMovement?
    var owner: TopUpID?
    var isOurs: Bool
  }

  private func records(
    of movements: [ProcessorMovement]
  ) throws(ReconciliationError) -> [MovementRecord] {
    do throws(StoreError) {
      return try store.read { snapshot throws(StoreError) in
        var records: [MovementRecord] = []
        for movement in movements {
          var owner: TopUpID?
          if let source = movement.source { owner = try snapshot.movementOwner(source) }
          records.append(
            MovementRecord(
              noted: try snapshot.movement(movement.id), owner: owner,
              // Another product's payment may go over the same account.
              isOurs: owner != nil || !movement.isOfPayment))
        }
        return records
      }
    } catch { throw .store(error) }
  }

  /// In one commit with the note that makes it the only one.
  private func post(_ movement: ProcessorMovement) async throws(ReconciliationError) {
    var changes: [Change] = [.noteMovement(movement)]
    if let entry = movement.entry { changes.append(.post(entry)) }
    do throws(StoreError) {
      try await store.commit(Commit(now: clock.now, fence: settings.fence, changes))
    } catch {
      // Somebody else has posted it meanwhile.
      if case .conflict(.changed) = error { return }
      throw .store(error)
    }
  }

  /// Those of ours that the processor did not list.
  private func missing(
    since: UnixTime?, _ seen: Set<String>
  ) async throws(ReconciliationError) -> [Reconciliation.Finding] {
    var findings: [Reconciliation.Finding] = []
    var last: ProcessorMovement?
    while true {
      let page: [ProcessorMovement]
      do throws(StoreError) {
        page = try store.read { snapshot throws(StoreError) in
          try snapshot.movements(since: since ?? UnixTime(seconds: 0), after: last, limit: 100)
        }
      } catch { throw .store(error) }
      findings += page.filter { !seen.contains($0.id) }.map {
        Reconciliation.Finding(difference: $0.absence, isRepaired: false)
      }
      guard let final = page.last, page.count == 100 else { return findings }
      last = final
      await Task.yield()
    }
  }
}
