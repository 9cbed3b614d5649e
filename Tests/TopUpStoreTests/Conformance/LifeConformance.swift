import Testing
import TopUpCore

/// Whole lives of top-ups: what the machine decides is what the store gives back at every step.
@Suite struct LifeConformance {
  /// Applies one event, commits its step as the engine does, and reads the top-up back.
  private func follow(
    _ topUp: TopUp, _ event: TopUpEvent, at now: UnixTime, on ground: Ground
  ) async throws -> TopUp {
    let step = try #require(try topUp.applying(event, at: now))
    var changes: [Change] = [
      .moveTopUp(step.topUp, cause: step.cause)
    ]
    changes += step.entries.map { .post($0) }
    if step.releasesReservation { changes.append(.release(topUp.id)) }
    try await ground.store.commit(Commit(now: now, fence: ground.fence, changes))
    let stored = try #require(try ground.read { try $0.topUp(topUp.id) })
    #expect(stored == step.topUp)
    return stored
  }

  private func begun(_ ground: Ground) async throws -> TopUp {
    let topUp = Sample.topUp("1")
    try await ground.commit(
      .beginTopUp(topUp, cause: "decided"),
      .reserve(topUp.id, [Sample.window("day", minorUnits: 2_500)], minorUnits: 2_500))
    return topUp
  }

  private func intent(
    _ topUp: TopUp, _ status: IntentSnapshot.Status, attempt: Int = 1, decline: Decline? = nil
  ) -> IntentSnapshot {
    IntentSnapshot(
      id: PaymentIntentID("pi_\(attempt)"), status: status, amount: topUp.amount,
      amountReceived: status == .succeeded ? topUp.amount : Money(minorUnits: 0, .eur),
      customer: CustomerID("cus_1"), paymentMethod: nil, latestCharge: ChargeID("ch_\(attempt)"),
      lastError: decline, refunded: Money(minorUnits: 0, .eur), clientSecret: nil, topUp: topUp.id,
      attempt: attempt,
      created: Ground.now)
  }

  private func charged(_ ground: Ground) async throws -> TopUp {
    var topUp = try await begun(ground)
    let events: [TopUpEvent] = [
      .chargeStarted, .intentSeen(intent(topUp, .requiresConfirmation)),
      .intentSeen(intent(topUp, .succeeded)),
    ]
    for (second, event) in events.enumerated() {
      topUp = try await follow(topUp, event, at: Sample.time(second), on: ground)
    }
    #expect(topUp.state == .charged)
    return topUp
  }

  private func balances(_ ground: Ground) throws -> [String: Int128] {
    var balances: [String: Int128] = [:]
    for entry in try ground.read({ try $0.entries(of: TopUpID("tu_1")) }) {
      for leg in entry.legs { balances[leg.account] = leg.balanceAfter }
    }
    return balances
  }

  @Test(arguments: StoreKind.allCases)
  func `a top-up is charged, deposited and credited (46)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    var topUp = try await charged(ground)
    let quote = try #require(topUp.order?.quote)
    topUp = try await follow(
      topUp, .reread(intent(topUp, .succeeded)), at: Sample.time(6), on: ground)
    var seen = Sample.seen(topUp.id, 1, .submitted)
    seen.ordered = quote.tokens
    topUp = try await follow(topUp, .orderSeen(seen), at: Sample.time(7), on: ground)
    seen.version += 1
    seen.state = .completed
    seen.credited = seen.ordered
    seen.fundsMoved = .yes
    seen.evidence = Sample.evidence(block: "0x01")
    topUp = try await follow(topUp, .orderSeen(seen), at: Sample.time(8), on: ground)
    #expect(topUp.order?.phase == .finalizing)
    let block = try #require(seen.evidence)
    topUp = try await follow(
      topUp,
      .finalitySeen(
        FinalizedBlock(
          number: block.blockNumber, hash: block.blockHash, head: block.blockNumber)),
      at: Sample.time(9), on: ground)
    #expect(topUp.state == .credited)
    let held = LedgerAccount.held(topUp.account, .eur).name
    #expect(
      try balances(ground) == [
        held: 0, "processor:EUR": 2_500, "conversion:EUR": -2_350, "income:fee:EUR": -125,
        "owed:tax:EUR": -25, "conversion:CERE": -quote.tokens.units,
        "delivered:\(topUp.account.name)": quote.tokens.units,
      ])
    #expect(try ground.read { try $0.counts() }.unfinished == 0)
    #expect(try ground.read { try $0.capUse("day") }.minorUnits == 2_500)
    let transitions = try ground.read { try $0.transitions(of: topUp.id) }
    #expect(transitions.map(\.version) == Array(1...topUp.version))
    #expect(zip(transitions, transitions.dropFirst()).allSatisfy { $0.to == $1.from })
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a charge that is not delivered is refunded`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    var topUp = try await charged(ground)
    let late = Sample.time(2).advanced(by: Timings.depositDeadline)
    topUp = try await follow(topUp, .timePassed, at: late, on: ground)
    let refund = RefundSnapshot(
      id: RefundID("re_1"), intent: PaymentIntentID("pi_1"), amount: topUp.amount,
      status: .succeeded, failureReason: nil, key: topUp.refundKey(topUp.refunds[0]))
    topUp = try await follow(topUp, .refundsSeen([refund]), at: late, on: ground)
    #expect(topUp.state == .refunded)
    let held = LedgerAccount.held(topUp.account, .eur).name
    #expect(try balances(ground) == [held: 0, "processor:EUR": 0])
    // A refund frees nothing (invariant 7).
    #expect(try ground.read { try $0.capUse("day") }.minorUnits == 2_500)
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a top-up whose cards are all declined gives its reservation back`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    var topUp = try await begun(ground)
    topUp = try await follow(topUp, .chargeStarted, at: Ground.now, on: ground)
    let decline = Decline(
      code: "card_declined", declineCode: "insufficient_funds", adviceCode: nil,
      networkDeclineCode: nil, message: "Not enough.", charge: nil)
    for attempt in 1...2 {
      let seen: [IntentSnapshot] = [
        intent(topUp, .requiresConfirmation, attempt: attempt),
        intent(topUp, .requiresPaymentMethod, attempt: attempt, decline: decline),
        intent(topUp, .canceled, attempt: attempt, decline: decline),
      ]
      for snapshot in seen {
        topUp = try await follow(topUp, .intentSeen(snapshot), at: Ground.now, on: ground)
      }
    }
    #expect(topUp.state == .declined)
    #expect(try ground.read { try $0.capUse("day") }.count == 0)
    #expect(try ground.read { try $0.inFlight(topUp.account) } == [])
    #expect(try ground.read { try $0.head() }.position == 0)
    #expect(try ground.faults() == [])
  }
}
