internal import RPCCore
package import RPCTransport
package import TopUpCore

/// Moves every top-up to its end: makes the outside calls their states ask for, commits what comes
/// of them, and looks again when it is time.
///
/// One loop serves all. Each top-up is driven by one task at a time; what reaches it from the side
/// (a webhook, a cancel) is applied under the version it was read at, so that the two can only
/// agree or begin again. On start everything that has not ended is driven: recovery is no other
/// path (invariant 15).
package actor Engine {
  private let loop: any EventLoop
  nonisolated package var unownedExecutor: UnownedSerialExecutor {
    loop.asUnownedSerialExecutor()
  }

  let store: any Store
  let outside: Outside
  let clock: any WallClock
  let zones: any TimeZones
  let feed: ChangeFeed
  let settings: EngineSettings
  let report: @Sendable (EngineReport) -> Void
  nonisolated var rampWatch: RampWatch {
    RampWatch(store: store, ramp: outside.ramp, terms: settings.ramp)
  }

  /// Top-ups in work, as last committed by us; what is not here is read from the store.
  private var hot: [TopUpID: TopUp] = [:]
  private var driving: Set<TopUpID> = []
  /// Those that something happened to while they were driven.
  private var poked: Set<TopUpID> = []
  private var evaluating: Set<AccountKey> = []
  /// How many looks have ended since those that are due were read.
  private var endedLooks = 0
  /// Accounts whose look failed, and until when they are left alone.
  private var resting: [AccountKey: UnixTime] = [:]
  var foresight = Foresight()
  var schedule = Schedule()
  private var timer: LoopTimer?
  private(set) var isStarted = false
  private(set) var isStopped = false
  private var tasks = 0
  private var stopWaiters: [CheckedContinuation<Void, Never>] = []
  var clocks: (agreement: ClockAgreement, checked: UnixTime)?
  /// The clock at the last turn, by itself and by the loop's, which nobody sets.
  private var lastTurn: (wall: UnixTime, loop: MonotonicInstant)?
  /// While the accounts are looked at that a clock set back would leave waiting.
  private var recall: Recall?
  /// Whether the processor's events were gone through since the start: before, nothing is sent.
  var isCaughtUp = false
  /// Why the last pass did not come to its end; nil where it did.
  var passTrouble: String?
  /// Intents whose refunds were looked at in the pass that goes on.
  var refundsLooked: Set<PaymentIntentID> = []
  var isSweepingEvents = false
  /// Callers that wait for the pass under way.
  var catchUpWaiters: [CheckedContinuation<Void, Never>] = []
  /// Where a pass through the processor's events broke off.
  var eventsLeft: EventsLeft?
  /// Where the way through the lists did, of what happened before the oldest event that is kept.
  var forgottenLeft: ForgottenLeft?
  /// Why this store is not the whole truth; nothing is sent then (invariant 50).
  var behind: String?
  /// The other store that it is behind for, by the name on a customer.
  var otherStore: String?
  /// What showed that it is not, while it is compared to be let send again; nil at other times.
  var lossesMeanwhile: LossesMeanwhile?
  /// Whether it is being noted that this store may send again: no pass goes on beside that.
  var isClearingBehind = false
  /// Whether the three books are being compared, and who waits for that to end.
  var isReconciling = false
  var reconcileWaiters: [CheckedContinuation<Void, Never>] = []
  var lastReconciliation: Reconciliation?
  /// The last of all that there is, by who asked for it.
  var lastWhole: [Reconciliation.Scope: Reconciliation] = [:]
  /// When all is compared next, and not the last days alone.
  var fullComparison: UnixTime?
  /// Where the ramp's list ended when it was gone through, the oldest first.
  var orderMarks: [(at: UnixTime, cursor: String)] = []
  var isSweepingInbox = false
  var inboxWasPoked = false

  package init(
    loop: any EventLoop, store: any Store, outside: Outside, clock: any WallClock,
    zones: any TimeZones, feed: ChangeFeed, settings: EngineSettings,
    report: @escaping @Sendable (EngineReport) -> Void
  ) {
    self.loop = loop
    self.store = store
    self.outside = outside
    self.clock = clock
    self.zones = zones
    self.feed = feed
    self.settings = settings
    self.report = report
  }

  // MARK: Life

  /// Picks up everything that has not ended, and begins to work.
  ///
  /// - Returns: how many top-ups were picked up.
  package func start() throws(StoreError) -> Int {
    for sweep in [Schedule.Work.events, .evaluations, .inbox] { schedule.set(sweep, at: clock.now) }
    schedule.set(.books, at: clock.now.advanced(by: settings.booksDelay))
    // The clock that planned what is stored may have been ahead, and is right since.
    recall = Recall(through: clock.now.advanced(by: settings.startRecall))
    var count = 0
    var last: TopUpID?
    while true {
      let page = try store.read { snapshot throws(StoreError) in
        try snapshot.unfinished(after: last, limit: 1000)
      }
      for topUp in page {
        // What may have been sent before the stop is asked about now, not when its back-off ends.
        schedule.set(
          .topUp(topUp.id), at: topUp.isInReview ? topUp.nextCheck ?? clock.now : clock.now)
      }
      count += page.count
      guard let final = page.last, page.count == 1000 else { break }
      last = final.id
    }
    behind = try store.read { snapshot throws(StoreError) in try snapshot.settings() }.behind
    if let behind { report(.storeIsBehind(behind)) }
    isStarted = true
    turn()
    return count
  }

  /// Begins nothing more, and returns when what is under way has come to its next commit.
  package func stop() async {
    isStopped = true
    for waiter in catchUpWaiters { waiter.resume() }
    catchUpWaiters = []
    if let timer { loop.cancel(timer) }
    await withCheckedContinuation { waiter in
      if tasks > 0 { stopWaiters.append(waiter) } else { waiter.resume() }
    }
  }

  // MARK: Pokes

  /// A top-up has begun, or something happened to it.
  package func poke(_ id: TopUpID) {
    hot[id] = nil
    schedule.set(.topUp(id), at: clock.now)
    turn()
  }

  /// Accounts are due for a look.
  package func pokeEvaluations() {
    schedule.set(.evaluations, at: clock.now)
    turn()
  }

  /// Webhook events have come in.
  package func pokeInbox() {
    inboxWasPoked = true
    schedule.set(.inbox, at: clock.now)
    turn()
  }

  // MARK: Turning

  /// Starts all work that is due, and arms the timer for the next. What is due before the start
  /// waits for it.
  private func turn() {
    guard isStarted, !isStopped else { return }
    let now = clock.now
    noteSetBack(now)
    while let work = schedule.popDue(now, withTopUps: hasRoom) { begin(work) }
    armTimer(now)
  }

  /// A clock that was ahead and is right again would leave waiting, for as long as it was ahead,
  /// whatever was planned by it: all of that is looked at now (invariants 48, 51).
  private func noteSetBack(_ now: UnixTime) {
    defer { lastTurn = (now, loop.now) }
    guard let lastTurn else { return }
    let expected = lastTurn.wall.advanced(by: loop.now.since(lastTurn.loop))
    let span = expected.since(now)
    guard span > settings.clockStepMax else { return }
    report(.clockSetBack(span))
    resting = [:]
    schedule.pull(to: now)
    schedule.set(.evaluations, at: now)
    let horizon = expected.advanced(by: .seconds(3_600))
    recall = Recall(through: max(horizon, recall?.horizon ?? horizon))
  }

  private func begin(_ work: Schedule.Work) {
    switch work {
    case .topUp(let id):
      guard driving.insert(id).inserted else {
        poked.insert(id)
        return
      }
      spawn { await $0.drive(id) }
    case .evaluations: spawn { await $0.sweepEvaluations() }
    case .events:
      guard !isClearingBehind else {
        return schedule.set(.events, at: clock.now.advanced(by: .seconds(1)))
      }
      // From here on callers wait for its end.
      isSweepingEvents = true
      spawn { await $0.sweepEvents() }
    case .books: spawn { await $0.sweepBooks() }
    case .inbox:
      guard !isSweepingInbox else { return }
      isSweepingInbox = true
      spawn { await $0.sweepInbox() }
    }
  }

  /// Whether another top-up may be driven. Sweeps and looks have their own bounds: those that wait for
  /// their turn keep no charge from being confirmed.
  private var hasRoom: Bool { driving.count < settings.tasksMax }

  func spawn(_ body: @escaping @Sendable (isolated Engine) async -> Void) {
    tasks += 1
    Task(executorPreference: loop.tasks) { [self] in
      await body(self)
      await ended()
    }
  }

  private func ended() {
    tasks -= 1
    if isStopped {
      guard tasks == 0 else { return }
      for waiter in stopWaiters { waiter.resume() }
      stopWaiters = []
    } else {
      turn()
    }
  }

  private func armTimer(_ now: UnixTime) {
    let timer = timer ?? LoopTimer { [weak self] in self?.assumeIsolated { $0.turn() } }
    self.timer = timer
    guard let next = schedule.earliest(withTopUps: hasRoom) else {
      loop.cancel(timer)
      return
    }
    // The clock may be set forward meanwhile, and nobody would tell.
    let span = min(max(next.since(now), .zero), settings.clockLookPeriod)
    loop.schedule(timer, at: loop.now.advanced(by: span))
  }

  // MARK: Driving a top-up

  private func drive(_ id: TopUpID) async {
    repeat {
      poked.remove(id)
      do throws(StoreError) { try await advance(id) } catch { await failed(id, error) }
    } while poked.contains(id) && !isStopped
    driving.remove(id)
  }

  /// Takes a top-up as far as it goes without waiting.
  private func advance(_ id: TopUpID) async throws(StoreError) {
    while !isStopped {
      guard let topUp = try current(id), !topUp.state.isTerminal else {
        hot[id] = nil
        return
      }
      let now = clock.now
      // An older copy of the store may have it as reserved though it was charged, or as not yet ordered
      // for though it was (invariants 8, 33, 50).
      if topUp.state.isBeforeSending, !isCaughtUp || behind != nil {
        schedule.set(.topUp(id), at: now.advanced(by: settings.eventsRetry))
        return
      }
      if topUp.endsHold(now), await !trustsClock(for: topUp, now) { return }
      if try await apply(.timePassed, to: topUp) { continue }
      if topUp.state == .reserved {
        let event: TopUpEvent = try forbids(topUp).map { .chargeForbidden($0) } ?? .chargeStarted
        try await apply(event, to: topUp)
        continue
      }
      // No look is planned further ahead than that, but by a clock that was wrong.
      let due = topUp.nextCheck.map { $0 <= now || $0.since(now) > Timings.lookMax } ?? true
      guard let effect = topUp.next(), due else {
        let next = topUp.nextCheck ?? now
        schedule.set(.topUp(id), at: next > now ? next : now.advanced(by: .seconds(3600)))
        return
      }
      if effect.needsNewestStore, !isCaughtUp || behind != nil {
        // What was read of its charge is old by the time that it is sent (invariant 32).
        hot[id] = topUp.readingAgain()
        schedule.set(.topUp(id), at: now.advanced(by: settings.eventsRetry))
        return
      }
      if case .rereadBeforeOrder = effect, await !trustsClock(for: topUp, now) { return }
      try await perform(effect, of: topUp)
    }
  }

  /// The top-up as this engine knows it; after a restart what may have been sent is in doubt.
  func current(_ id: TopUpID) throws(StoreError) -> TopUp? {
    if let topUp = hot[id] { return topUp }
    let stored = try store.read { snapshot throws(StoreError) in try snapshot.topUp(id) }
    guard let topUp = stored?.afterRestart() else { return nil }
    hot[id] = topUp
    return topUp
  }

  private func perform(_ effect: Effect, of topUp: TopUp) async throws(StoreError) {
    if case .confirmIntent = effect, try await !mayConfirm(topUp) { return }
    if try await isOvertaken(topUp, before: effect) { return }
    if try await isRefundedAlready(topUp, before: effect) { return }
    // The ramp may have been asked for long.
    if effect.needsNewestStore, behind != nil { return }
    report(.calling(topUp.id, effect))
    let event = await outside.perform(effect, of: topUp)
    try await heedCustomer(in: event, of: topUp)
    report(.called(topUp.id, effect, event))
    // Something may have reached the top-up meanwhile; the answer is applied to what it is now.
    guard let latest = try current(topUp.id), !latest.state.isTerminal else { return }
    guard latest.version == topUp.version || latest.heeds(event, of: effect) else { return }
    let changed = try await apply(event, to: latest)
    if !changed, latest.version == topUp.version {
      // An answer that says nothing: ask again later, not at once.
      try await apply(.inDoubt("the answer to \(effect.name) changed nothing"), to: latest)
    }
  }

  /// - Returns: whether the event changed anything.
  @discardableResult
  func apply(_ event: TopUpEvent, to topUp: TopUp) async throws(StoreError) -> Bool {
    guard let step = judge(event, on: topUp) else { return false }
    try await keep(step, of: topUp)
    return true
  }

  // MARK: Keeping a step

  /// Commits a step with all that belongs to it; what waits only is kept in memory.
  ///
  /// - Returns: the top-up as it was kept: what would be a debt may be forgiven by its account's rule.
  @discardableResult
  func keep(
    _ wanted: Step, of topUp: TopUp, with extra: [Change] = []
  ) async throws(StoreError) -> TopUp {
    if wanted.isWaiting, extra.isEmpty {
      hot[topUp.id] = wanted.topUp
      return wanted.topUp
    }
    for _ in 0..<settings.conflictRetriesMax {
      let (step, version) = try settled(wanted, of: topUp)
      let (changes, touchesOthers) = try stepChanges(step, of: topUp, at: version)
      do throws(StoreError) {
        try await store.commit(
          Commit(now: clock.now, fence: settings.fence, changes + extra))
      } catch {
        guard case .conflict(let conflict) = error else {
          hot[topUp.id] = nil
          throw error
        }
        // The account or the ramp moved while we decided: what the step says still holds, so it is
        // tried on them as they are now. A top-up that moved is another matter.
        if case .changed(let what) = conflict, touchesOthers,
          what.hasPrefix("account") || what == "ramp"
        {
          continue
        }
        hot[topUp.id] = nil
        throw error
      }
      isKept(step.topUp)
      feed.publish(TopUpChange(topUp: step.topUp, from: topUp.state, cause: step.cause))
      feed.ring(after: changes)
      reportRamp(changes)
      if changes.contains(where: \.isLook) { pokeEvaluations() }
      return step.topUp
    }
    throw .conflict(.changed("account of \(topUp.id)"))
  }

  func isKept(_ topUp: TopUp) { hot[topUp.id] = topUp.state.isTerminal ? nil : topUp }

  private func failed(_ id: TopUpID, _ error: StoreError) async {
    hot[id] = nil
    switch error {
    case .conflict(.forbidden(let rule)):
      // No repeat can pass what the schema forbids: money stays where it is, a person is told.
      report(.contradiction(id, .contradicts(rule)))
      let isParked = await parkForbidden(id, rule)
      let pause = isParked ? .zero : settings.forbiddenRetry
      schedule.set(.topUp(id), at: clock.now.advanced(by: pause))
    case .conflict:
      schedule.set(.topUp(id), at: clock.now.advanced(by: settings.conflictPause))
    case .corrupt: storeIsLost(error)
    case .full, .unavailable, .inDoubt:
      // A store that is in doubt tells the host by itself, and refuses every read from then on, so
      // that no further call is made.
      report(.storeTrouble(error))
      schedule.set(.topUp(id), at: clock.now.advanced(by: .seconds(5)))
    }
  }

  /// The file is damaged where work needs it: no more is begun, and the process ends.
  func storeIsLost(_ error: StoreError) {
    isStopped = true
    report(.storeLost(error))
  }

  /// Drives again what waited for the first pass.
  func beginWaiting() {
    for id in hot.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      schedule.set(.topUp(id), at: clock.now)
    }
  }

  // MARK: Sweeps

  /// Begins a look at each account that is due. One that is at work or rests stays due meanwhile
  /// and arms nothing: its end does.
  private func sweepEvaluations() async {
    // What nobody brought may change every decision; its end begins the looks.
    guard isCaughtUp else { return }
    do throws(StoreError) {
      let now = clock.now
      endedLooks = 0
      resting = resting.filter { $0.value > now }
      let limit = settings.evaluationsMax + evaluating.count + resting.count
      let (ordinary, next) = try store.read { snapshot throws(StoreError) in
        (try snapshot.dueEvaluations(now, limit: limit), try snapshot.nextEvaluation(after: now))
      }
      for account in try ordinary + recalled() where resting[account] == nil {
        // The ends of those that are at work have the others read again.
        guard evaluating.count < settings.evaluationsMax else { break }
        guard evaluating.insert(account).inserted else { continue }
        spawn { await $0.evaluateOne(account) }
      }
      for moment in [next, resting.values.min()] {
        if let moment { schedule.set(.evaluations, at: moment) }
      }
    } catch {
      report(.storeTrouble(error))
      schedule.set(.evaluations, at: clock.now.advanced(by: .seconds(5)))
    }
  }

  /// Accounts that a clock set back would leave waiting; each until it was looked at.
  private func recalled() throws(StoreError) -> [AccountKey] {
    guard let pass = recall else { return [] }
    let room = settings.evaluationsMax - pass.accounts.count
    if room > settings.evaluationsMax / 2 {
      let page = try store.read { snapshot throws(StoreError) in
        try snapshot.plannedLooks(after: pass.last, through: pass.horizon, limit: room)
      }
      recall?.add(page)
      // Through, though what was looked at meanwhile goes on being planned.
      if page.count < room, recall?.accounts.isEmpty == true { recall = nil }
    }
    return recall?.accounts ?? []
  }

  /// Has those that are due read again when there is something to find: this account, if it was marked
  /// again while it was looked at, or others, which waited for their turn. Not after each look: all
  /// that is due is read, so that the work would grow with its square.
  private func lookEnded(_ account: AccountKey) throws(StoreError) {
    endedLooks += 1
    var next: UnixTime? = clock.now
    if !evaluating.isEmpty, endedLooks < settings.evaluationsMax / 4 {
      next = try store.read { snapshot throws(StoreError) in try snapshot.lookDue(account) }
    }
    if let next { schedule.set(.evaluations, at: next) }
  }

  private func evaluateOne(_ account: AccountKey) async {
    do throws(StoreError) {
      if let begun = try await evaluate(account) {
        hot[begun.id] = begun
        schedule.set(.topUp(begun.id), at: clock.now)
      }
      evaluating.remove(account)
      recall?.wasSeen(account)
      try lookEnded(account)
    } catch {
      // The account stays due; it is looked at again, after a pause.
      report(.storeTrouble(error))
      evaluating.remove(account)
      resting[account] = clock.now.advanced(by: settings.evaluationRetry)
      schedule.set(.evaluations, at: clock.now)
    }
  }
}
