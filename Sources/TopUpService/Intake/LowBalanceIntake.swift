internal import RPCCore
internal import Synchronization
package import TopUpCore

/// Makes reports durable: a mark that their accounts are to be looked at, and how far their source
/// has come. What is acknowledged is never forgotten, and no more than that is promised.
package final class LowBalanceIntake: Sendable {
  /// Nominal time of a block, for how far the head has gone on since it was read.
  private static let blockMilliseconds: Int64 = 6_000

  private let store: any Store
  private let clock: any WallClock
  private let fence: Int64
  private let engine: Engine
  private let head = Mutex<(number: UInt64, readAt: UnixTime)?>(nil)

  package init(store: any Store, clock: any WallClock, fence: Int64, engine: Engine) {
    self.store = store
    self.clock = clock
    self.fence = fence
    self.engine = engine
  }

  /// The finalized head was read.
  package func headWasRead(_ number: UInt64) {
    head.withLock { head in
      if number >= head?.number ?? 0 { head = (number, clock.now) }
    }
  }

  /// Takes in a batch of one source's events, in order.
  ///
  /// - Parameters:
  ///   - from: the source's high-water mark as it was read.
  ///   - to: the mark once these are durable.
  /// - Returns: what each amounts to.
  /// - Throws: `conflict` when another stream of the source has gone on from there.
  func take(
    _ reports: [LowBalanceReport], of source: SourceID, from: UInt64, to: UInt64
  ) async throws(StoreError) -> [IntakeOutcome] {
    let now = clock.now
    let (outcomes, looks) = try judge(reports, at: now)
    var changes: [Change] = [.advanceSource(source, from: from, to: to)]
    changes += looks.map { .evaluate($0, due: $1.events > 0 ? now : nil, claim: $1) }
    try await store.commit(Commit(now: now, fence: fence, changes))
    if !looks.isEmpty { await engine.pokeEvaluations() }
    return outcomes
  }

  /// Takes in one event of a source without a stream; its id tells a repeat.
  func takeOne(
    _ report: LowBalanceReport, source: String, eventID: [UInt8], digest: [UInt8]
  ) async throws(StoreError) -> IntakeOutcome {
    let now = clock.now
    if let known = try known(source, eventID, digest) { return known }
    let (outcomes, looks) = try judge([report], at: now)
    // What changed nothing is judged anew when it comes again: by then it may be of use.
    guard outcomes[0].foldsClaim else { return outcomes[0] }
    var changes: [Change] = [.rememberEvent(source: source, id: eventID, digest: digest)]
    changes += looks.map { .evaluate($0, due: $1.events > 0 ? now : nil, claim: $1) }
    do throws(StoreError) {
      try await store.commit(Commit(now: now, fence: fence, changes))
    } catch {
      // The same event came by another way between the look and the write.
      guard case .conflict(.keyUsed) = error,
        let known = try known(source, eventID, digest)
      else { throw error }
      return known
    }
    if !looks.isEmpty { await engine.pokeEvaluations() }
    return outcomes[0]
  }

  /// What an event amounts to whose id came before; nil for a new one.
  private func known(
    _ source: String, _ eventID: [UInt8], _ digest: [UInt8]
  ) throws(StoreError) -> IntakeOutcome? {
    let known = try store.read { snapshot throws(StoreError) in
      try snapshot.reportedEvent(source, id: eventID)
    }
    return known.map {
      $0 == digest ? .duplicate : .rejected("the event id came before with other content")
    }
  }

  private func judge(
    _ reports: [LowBalanceReport], at now: UnixTime
  ) throws(StoreError) -> ([IntakeOutcome], [(AccountKey, LowBalanceClaim)]) {
    let judge = IntakeJudge(head: projectedHead(now), now: now)
    return try store.read { snapshot throws(StoreError) in
      var places: [DDCAccount: Int] = [:]
      var accounts: [ReportedAccount] = []
      var outcomes: [IntakeOutcome] = []
      outcomes.reserveCapacity(reports.count)
      for report in reports {
        let place = places[report.account] ?? accounts.count
        if place == accounts.count {
          let key = AccountKey.ddc(report.account)
          places[report.account] = place
          accounts.append(ReportedAccount(key: key, standing: try snapshot.intakeStanding(of: key)))
        }
        outcomes.append(accounts[place].take(report, by: judge))
      }
      return (outcomes, accounts.compactMap { account in account.claim.map { (account.key, $0) } })
    }
  }

  /// An account that a batch tells of, and what its reports come to together.
  private struct ReportedAccount {
    let key: AccountKey
    let standing: IntakeStanding
    var claim: LowBalanceClaim?

    mutating func take(_ report: LowBalanceReport, by judge: IntakeJudge) -> IntakeOutcome {
      let outcome = judge.outcome(of: report, standing, isPending: claim != nil)
      guard outcome.foldsClaim else { return outcome }
      var more = report.claim(at: judge.now)
      // Its outcome is the top-up's; what it claims is there for the look when that has failed.
      if !outcome.causesLook { more.events = 0 }
      if claim == nil { claim = more } else { claim?.fold(more) }
      return outcome
    }
  }

  /// The head as it should be by now.
  private func projectedHead(_ now: UnixTime) -> UInt64? {
    head.withLock { head in
      guard let head else { return nil }
      let passed = max(0, now.milliseconds - head.readAt.milliseconds) / Self.blockMilliseconds
      let (projected, overflow) = head.number.addingReportingOverflow(UInt64(passed))
      return overflow ? .max : projected
    }
  }
}
