internal import TopUpCore

extension Engine {
  /// How often a decision is made anew because its price or the store moved under it.
  private static let roundsMax = 12

  /// Looks at an account: reads its balance, decides, and commits what was decided.
  ///
  /// - Returns: the top-up that began, when one did.
  func evaluate(_ account: AccountKey) async throws(StoreError) -> TopUp? {
    let clocks = await clockAgreement()
    let foreseen = try foreseenQuote(account, clocks)
    var isUsed = false
    defer { if foreseen != nil, !isUsed { foresight.wasInVain(for: account, at: clock.now) } }
    async let ahead = offer(foreseen)
    let reading = await read(account)
    var quote = DecisionInput.QuoteState.notAsked
    var headroom = Headroom.Known.notAsked
    var passed: Refused?
    for _ in 0..<Self.roundsMax {
      let (whole, stored) = try self.input(account, reading, quote, headroom, clocks)
      // Nobody asked for a look, or another has answered already.
      guard let evaluation = stored.evaluation else { return nil }
      let input = passed.flatMap { whole.passingOver($0.skip) } ?? whole
      let decision = decide(input)
      // What a rule that is tried would have done goes into the same commit, and nowhere else.
      let trial = stored.shadow?.change(beside: decision, on: input)
      report(.decided(account, decision))
      do throws(StoreError) {
        switch decision {
        case .needsQuote(let request):
          let isForeseen = request == foreseen && !isUsed
          let offer = isForeseen ? await ahead : await offer(request)
          isUsed = isUsed || isForeseen
          (quote, headroom) = try offer.get()
        case .skip(let skip):
          let refused = Refused(skip: skip, input: input, evaluation: evaluation, trial: trial)
          if passed == nil, input.passingOver(skip) != nil {
            passed = refused
            (quote, headroom) = (.notAsked, .notAsked)
            continue
          }
          if let passed {
            try await keep(passed, andThen: refused)
          } else {
            try await keep(refused)
          }
          return nil
        case .topUp(let plan):
          return try await begin(plan, input, evaluation, trial, passing: passed)
        }
      } catch {
        // Another look, cap or top-up came first: decide again on what is there now, at another
        // price where another amount is wanted, and with what the ramp was promised since.
        guard case .conflict = error else { throw error }
        passed = nil
        (quote, headroom) = (.notAsked, .notAsked)
      }
    }
    throw .conflict(.changed("account: decided \(Self.roundsMax) times"))
  }

  /// What was skipped, with all that it was decided on.
  private struct Refused {
    let skip: Skip
    let input: DecisionInput
    let evaluation: Evaluation
    let trial: Change?

    /// What a person is told of it.
    var notice: Notice? { skip.notice(on: input) }
  }

  /// Looks at an account as ``evaluate(_:)`` does, and tells what it would decide and why. Changes
  /// nothing: balance, headroom and price are asked for, and that is all.
  func explanation(
    of account: AccountKey
  ) async throws(StoreError) -> (Explanation, at: UnixTime) {
    let reading = await read(account)
    let clocks = await clockAgreement()
    var quote = DecisionInput.QuoteState.notAsked
    var headroom = Headroom.Known.notAsked
    var passed: (explanation: Explanation, skip: Skip)?
    var round = 1
    while true {
      let (whole, _) = try self.input(account, reading, quote, headroom, clocks)
      let input = passed.flatMap { whole.passingOver($0.skip) } ?? whole
      let explanation = explain(input)
      switch explanation.decision {
      case .needsQuote(let request) where round < Self.roundsMax:
        round += 1
        (quote, headroom) = try await offer(request).get()
      case .skip(let skip):
        guard passed == nil, input.passingOver(skip) != nil else {
          return (passed?.explanation ?? explanation, input.now)
        }
        passed = (explanation, skip)
        (quote, headroom) = (.notAsked, .notAsked)
      case .topUp, .needsQuote: return (explanation, input.now)
      }
    }
  }

  private func read(_ account: AccountKey) async -> KnownReading? {
    guard case .ddc(let ddc) = account else { return nil }
    guard case .answered(let reading) = await outside.node.balance(of: ddc), reading.isFinalized
    else { return nil }
    return KnownReading(
      active: reading.active.units, total: reading.ledger?.total.units ?? 0,
      exists: reading.ledger != nil, block: reading.block, readAt: clock.now)
  }

  /// What the decision will most likely ask for once the balance is read.
  private func foreseenQuote(
    _ account: AccountKey, _ clocks: ClockAgreement
  ) throws(StoreError) -> QuoteRequest? {
    let (input, stored) = try input(account, nil, .notAsked, .notAsked, clocks)
    guard stored.evaluation != nil, foresight.isTrusted(for: account, at: input.now) else {
      return nil
    }
    return input.foreseenQuote
  }

  private typealias Offer = Result<(DecisionInput.QuoteState, Headroom.Known), StoreError>

  /// A price, and what the ramp can deliver; neither waits for the other.
  private func offer(_ request: QuoteRequest?) async -> Offer {
    guard let request else { return .success((.notAsked, .notAsked)) }
    async let quote = price(request)
    do throws(StoreError) {
      let headroom = try await rampWatch.headroom()
      return .success((await quote, headroom))
    } catch { return .failure(error) }
  }

  private func price(_ request: QuoteRequest) async -> DecisionInput.QuoteState {
    switch await outside.ramp.quote(request) {
    case .answered(let quote): .offered(quote)
    case .refused(let refusal): .unavailable(refusal.message)
    case .unknown(let reason), .notSent(let reason): .unavailable(reason)
    }
  }

  /// Everything the decision looks at, in one snapshot, and the account as it is stored.
  private func input(
    _ account: AccountKey, _ reading: KnownReading?, _ quote: DecisionInput.QuoteState,
    _ headroom: Headroom.Known, _ clocks: ClockAgreement
  ) throws(StoreError) -> (DecisionInput, StoredAccount) {
    let now = clock.now
    return try store.read { snapshot throws(StoreError) -> (DecisionInput, StoredAccount) in
      let stored = try snapshot.account(account)
      var payer = StoredPayer(customer: nil, cards: [], consent: nil)
      var cards: [CardChoice] = []
      var windows: [CapWindow]? = []
      if let policy = stored.policy {
        payer = try snapshot.payer(policy.payer)
        cards = try choices(payer, policy, account, now, snapshot)
        windows = try self.windows(policy, payer.consent, now, snapshot)
      }
      let others = try snapshot.inFlight(account)
      let inFlight = others.map {
        DecisionInput.InFlight(
          id: $0.id, isAutomatic: $0.trigger.isAutomatic, pending: $0.pending)
      }
      var input = DecisionInput(
        account: account, policy: stored.policy, state: stored.state, claim: stored.claim,
        reading: try ledgerReading(account, now, snapshot) ?? reading, inFlight: inFlight,
        cards: cards, consent: payer.consent,
        windows: windows, quote: quote, isKillSwitchOn: try snapshot.settings().isKillSwitchOn,
        clocks: clocks, eraSeconds: settings.eraSeconds, now: now)
      input.storeIsBehind = behind
      if let policy = stored.policy {
        if policy.debt == .net {
          let debts = try snapshot.debts(of: account)
          let pledged = others.filter { $0.amount.currency == policy.currency }
          input.owed =
            (debts.first { $0.amount.currency == policy.currency }?.amount.minorUnits ?? 0)
            - pledged.reduce(0) { $0 + $1.pledged }
        }
        input.schedule = try PolicyCalendar(zones).view(of: policy, stored.state, now, snapshot)
        input.prices = settings.prices.list(of: account.seller(to: policy.payer))
        if case .ddc = account {
          input.ramp = try rampWatch.view(policy.currency, headroom, snapshot)
          input.leadTime = LeadTime(of: try snapshot.leadTimes(limit: LeadTime.samplesMax))
        }
      }
      return (input, stored)
    }
  }

  /// What a user has in credits, in the same state as all else that is decided on: the commit holds
  /// the account's version, which every credit of a top-up raises, so that nothing is decided on a
  /// balance from before the last one (invariant 10).
  private func ledgerReading(
    _ account: AccountKey, _ now: UnixTime, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> KnownReading? {
    guard case .credits(let credits) = account else { return nil }
    let has = -(try snapshot.balance(of: .credits(credits)))
    let last = try snapshot.entries(of: account, before: nil, limit: 1).first
    return KnownReading(
      active: has, total: has, exists: last != nil,
      block: BlockReference(number: UInt64(last?.position ?? 0), hash: ""), readAt: now)
  }

  /// Everything that the charge would be counted in; nil where a zone is not known (invariant 9).
  private func windows(
    _ policy: Policy, _ consent: Consent?, _ now: UnixTime, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [CapWindow]? {
    let caps = CapWindows(zones)
    guard let own = try caps.windows(of: policy, policy.currency, now, snapshot),
      let shared = try caps.shared(by: policy.payer, policy.currency, now, snapshot)
    else { return nil }
    return try own + [caps.month(of: policy.payer, consent, policy.currency, now, snapshot)]
      + shared
  }

  private func choices(
    _ payer: StoredPayer, _ policy: Policy, _ account: AccountKey, _ now: UnixTime,
    _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [CardChoice] {
    guard let customer = payer.customer else { return [] }
    let broken = try snapshot.openBreakers(account)
    let ceiling = settings.attemptCeiling
    var chosen = payer.cards
    if !policy.cards.isEmpty {
      chosen = policy.cards.compactMap { id in payer.cards.first { $0.card.id == id } }
    }
    var choices: [CardChoice] = []
    for stored in chosen {
      let card = stored.card
      choices.append(
        CardChoice(
          card: CardReference(
            id: card.id, customer: customer, fingerprint: card.fingerprint, brand: card.brand,
            last4: card.last4,
            provenSince: try snapshot.provenSince(
              fingerprint: card.fingerprint, of: stored.payer)),
          isBreakerOpen: broken.contains(card.fingerprint),
          restsUntil: ceiling.restsUntil(
            try snapshot.attempts(
              fingerprint: card.fingerprint, through: .max, limit: ceiling.most),
            at: now)))
    }
    return choices
  }

  // MARK: Keeping a decision

  /// - Parameter other: what was said where the occurrence was passed over: what it says of the
  ///   balance counts, and of two looks the earlier.
  private func keep(_ refused: Refused, andThen other: Refused? = nil) async throws(StoreError) {
    let (skip, input) = (refused.skip, refused.input)
    var last = other?.skip ?? skip
    // What has begun goes on being tried in its episode, however high the balance is.
    if other != nil, input.schedule.due?.isBegun == true { last.rearms = false }
    let next = [skip.lookAgain, last.lookAgain].compactMap(\.self).min()
    let events = input.claim?.events ?? 0
    var changes: [Change] = [
      .evaluated(
        input.account, generation: refused.evaluation.generation, next: next, counted: events,
        answersClaim: last.answersClaim)
    ]
    // A skip is a row for every event that was considered (invariant 5). One that no event caused
    // is a row where it says something else than the account's last: why a rule does not act shows
    // without any event, and a look every few seconds fills nothing.
    var isKept = events > 0 ? true : try isNews(skip, input)
    if case .missed(let occurrence) = skip.cause {
      // Each has its row, whatever the last one said.
      isKept = true
      // One that has begun has its answer, the episode.
      if !occurrence.isBegun {
        changes.append(
          .settleOccurrence(
            input.account,
            StoredOccurrence(name: occurrence.name, moment: occurrence.moment, episode: nil)))
      }
    }
    if isKept { changes.append(.recordDecision(record(skip, input, events: events))) }
    let state = input.state.skipped(last, reading: input.reading)
    changes.append(.putAccount(input.account, state))
    changes += [refused.trial, other?.trial].compactMap(\.self)
    if let notice = refused.notice ?? other?.notice { changes.append(.tell(notice)) }
    // Caps that change while it is decided have it decided anew: its next look is by the end of the
    // window that was full (invariant 51).
    if skip.reason == .capReached || last.reason == .capReached {
      changes += (input.windows ?? []).rules.map { .holdCaps($0) }
    }
    try await store.commit(Commit(now: input.now, fence: settings.fence, changes))
    feed.ring(after: changes)
  }

  private func isNews(_ skip: Skip, _ input: DecisionInput) throws(StoreError) -> Bool {
    let last = try store.read { snapshot throws(StoreError) in
      try snapshot.decisions(of: input.account, before: nil, limit: 1).first
    }
    return last?.skip != skip.reason || last?.policyVersion != input.policy?.version ?? 0
  }

  private func record(_ skip: Skip, _ input: DecisionInput, events: Int64) -> StoredDecision {
    StoredDecision(
      account: input.account, at: input.now, topUp: nil, skip: skip.reason,
      explanation: skip.explanation, effective: skip.effective,
      block: input.reading?.block.number ?? 0, policyVersion: input.policy?.version ?? 0,
      episode: input.state.episode.ordinal, events: events,
      record: DecisionRecord(input, .skip(skip)))
  }

  /// Decision, reservation, episode and top-up in one commit (invariants 2, 6).
  private func begin(
    _ plan: TopUpPlan, _ input: DecisionInput, _ evaluation: Evaluation, _ trial: Change?,
    passing passed: Refused?
  ) async throws(StoreError) -> TopUp {
    let id = TopUpID.automatic(
      account: plan.account, episode: plan.episode ?? 0, ordinal: plan.ordinal)
    let topUp = TopUp(
      id: id, account: plan.account, payer: plan.payer, trigger: plan.trigger,
      episode: plan.episode, amount: plan.amount, fee: plan.fee, tax: 0, quote: plan.quote,
      credits: plan.credits, onSession: false, policyVersion: plan.policyVersion,
      slippageBasisPoints: plan.slippageBasisPoints, cards: plan.cards,
      description: "Automatic top-up \(id)", created: input.now,
      holdRule: (input.policy?.hold ?? HoldRule()).resolved(newCard: settings.newCardHold),
      remainder: input.policy?.remainder ?? .reorder, debtPart: plan.debtPart)
    let cause = "decided: \(plan.explanation)"
    let decision = StoredDecision(
      account: plan.account, at: input.now, topUp: id, skip: nil, explanation: plan.explanation,
      effective: plan.effective, block: input.reading?.block.number ?? 0,
      policyVersion: plan.policyVersion, episode: plan.episode ?? 0,
      events: input.claim?.events ?? 0, record: DecisionRecord(input, .topUp(plan)))
    var changes: [Change] = [
      .beginTopUp(topUp, cause: cause),
      .reserve(id, plan.windows, minorUnits: plan.amount.minorUnits),
      .putAccount(plan.account, input.state.fired(plan, reading: input.reading)),
    ]
    // Why the calendar's amount was not charged; the events are counted where they are answered.
    if let passed {
      changes.append(.recordDecision(record(passed.skip, passed.input, events: 0)))
      if let trial = passed.trial { changes.append(trial) }
      if let notice = passed.notice { changes.append(.tell(notice)) }
    }
    changes += [
      .recordDecision(decision),
      // The claim stays: if the top-up fails, the retry goes by it.
      .evaluated(
        plan.account, generation: evaluation.generation, next: input.schedule.next,
        counted: decision.events, answersClaim: false),
    ]
    if case .schedule(let occurrence) = plan.grounds {
      // One answer for ever, in the commit that reserves (invariants 3, 6).
      changes.append(
        .settleOccurrence(
          plan.account,
          StoredOccurrence(
            name: occurrence.name, moment: occurrence.moment, episode: plan.episode)))
    }
    changes += plan.windows.rules.map { .holdCaps($0) }
    if let quote = plan.quote {
      changes += input.ramp.changes(beginning: id, at: quote, input.now)
    }
    if let trial { changes.append(trial) }
    try await store.commit(Commit(now: input.now, fence: settings.fence, changes))
    reportRamp(changes)
    feed.publish(TopUpChange(topUp: topUp, from: nil, cause: cause))
    return topUp
  }
}
