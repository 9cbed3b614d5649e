// What an account is funded for: its calendar, or a balance that is low.

extension DecisionInput {
  /// Asks nothing of the balance: what the calendar wants is charged whatever it is.
  func scheduleInTime<Values>(_ known: inout Deliberation) -> Condition<Values> {
    guard let due = schedule.due else {
      return Condition(.moment(now), .below, .absent, .notNeeded)
    }
    if !isLapsed { known.fund(for: .schedule(due)) }
    return Condition(
      .moment(now), .below, .moment(due.lapses), if: !isLapsed, else: .missed(due))
  }

  /// Whether what is due by the calendar came too late to be charged for.
  var isLapsed: Bool { schedule.due.map { now >= $0.lapses } ?? false }

  // MARK: A reading that may decide

  func balanceRead<Values>(_ known: Deliberation) -> Condition<Values> {
    let isRead = reading != nil
    return Condition(
      .text(isRead ? "read" : "not read"), .equals, .text("read"),
      isRead ? .holds : known.excuses(.balanceUnread))
  }

  func readingNotOvertaken<Values>(_ known: Deliberation) -> Condition<Values> {
    let least = max(state.lastCreditHeight, state.reading?.block.number ?? 0)
    guard let read = reading?.block.number else {
      return Condition(.absent, .atLeast, height(least), known.excuses(.balanceUnread))
    }
    return Condition(
      height(read), .atLeast, height(least),
      read >= least ? .holds : known.excuses(.overtaken(read: read, least: least)))
  }

  /// A chain's blocks, or entries of our own ledger: credits are read from there, with the rest of
  /// what is decided on.
  private func height(_ number: UInt64) -> Operand {
    switch account {
    case .ddc: .height(number)
    case .credits: .entry(number)
    }
  }

  func readingFresh<Values>(_ known: Deliberation) -> Condition<Values> {
    guard let readAt = reading?.readAt else {
      return Condition(
        .absent, .atMost, .span(Self.readingAgeMax), known.excuses(.balanceUnread))
    }
    let age = now.since(readAt)
    return Condition(
      .span(age), .atMost, .span(Self.readingAgeMax),
      age <= Self.readingAgeMax ? .holds : known.excuses(.readTooLongAgo))
  }

  // MARK: Three ways to be low

  func balanceLow<Values>(_ known: inout Deliberation) -> Condition<Values> {
    let threshold = policy?.threshold
    guard let effective else {
      return Condition(
        .absent, .atMost, threshold.map { .balance($0, account.unit) } ?? .absent,
        known.excuses(.balanceUnread))
    }
    known.effective = effective
    guard let threshold else {
      return Condition(
        .balance(effective, account.unit), .atMost, .absent, .refuses(.noPolicy))
    }
    let outcome: ConditionOutcome
    if known.isFunded {
      outcome = .notNeeded
    } else if effective <= threshold {
      known.fund(for: .threshold(threshold))
      outcome = .holds
    } else {
      outcome = .fails
    }
    return Condition(
      .balance(effective, account.unit), .atMost, .balance(threshold, account.unit), outcome)
  }

  func runwayShort<Values>(_ known: inout Deliberation) -> Condition<Values> {
    let least = policy?.minRunway?.components.seconds
    let seconds = runway(of: known.effective).seconds
    let outcome: ConditionOutcome
    if known.isFunded {
      outcome = .notNeeded
    } else if let least, let seconds, seconds < Int128(least) {
      known.fund(for: .runway(seconds, least: least))
      outcome = .holds
    } else {
      outcome = .fails
    }
    return Condition(
      lasting(seconds, least != nil), .below,
      least.map { .seconds(Int128($0)) } ?? .absent, outcome)
  }

  /// Whether the balance would be empty before a top-up that begins now has been there for as long as
  /// the rule wants. The last way to be low: where it does not hold either, nothing is.
  func runwayWithinLeadTime<Values>(_ known: inout Deliberation) -> Condition<Values> {
    let margin = policy?.arriveBeforeEmpty
    let seconds = runway(of: known.effective).seconds
    let outcome: ConditionOutcome
    if known.isFunded {
      outcome = .notNeeded
    } else if let margin, let seconds, seconds <= leadTime.seconds(with: margin) {
      known.fund(for: .arrival(seconds, leadTime, margin: margin))
      outcome = .holds
    } else if let effective = known.effective, let threshold = policy?.threshold {
      outcome = .refuses(
        .notLow(effective: effective, threshold: threshold, account.unit))
    } else {
      outcome = .refuses(.balanceUnread)
    }
    return Condition(
      lasting(seconds, margin != nil), .atMost,
      margin.map { .arrival(leadTime, margin: $0) } ?? .absent, outcome)
  }

  /// How long the balance lasts; where a rule asks for it and nothing tells how fast it is used up,
  /// why not.
  private func lasting(_ seconds: Int128?, _ isAsked: Bool) -> Operand {
    if let seconds { return .seconds(seconds) }
    guard isAsked, case .credits = account else { return .absent }
    return .text("not known: how fast credits are used is not measured")
  }
}

extension Deliberation {
  /// What a look without a good reading is worth: nothing where the balance decides, all where the
  /// calendar does.
  fileprivate func excuses(_ cause: @autoclosure () -> SkipCause) -> ConditionOutcome {
    isFunded ? .notNeeded : .refuses(cause())
  }
}
