internal import TopUpCore

// A refund that this store has not made may have been made by what it is a copy of, and the processor
// has long forgotten its key: it is asked before each (invariants 15, 50).

extension Engine {
  /// Whether something stands against a refund that is about to be made, or the processor does not say
  /// whether anything does: then nothing is sent, and what it says is committed.
  func isRefundedAlready(_ topUp: TopUp, before effect: Effect) async throws(StoreError) -> Bool {
    guard case .createRefund(let refund) = effect else { return false }
    let answer = await outside.processor.acting(for: topUp.payer.tenant)
      .refunds(of: refund.intent)
    // It may have moved while that was asked.
    guard !isStopped, try current(topUp.id)?.version == topUp.version else { return true }
    let event: TopUpEvent
    switch answer {
    case .answered(let known):
      if let reason = try lost(known, of: refund.intent) {
        try await stopBehind(reason)
        return true
      }
      guard let against = topUp.whatStands(against: refund, known) else { return false }
      event = against
    case .refused(let refusal): event = .notSent("the refunds were asked for: \(refusal.code)")
    case .unknown(let reason), .notSent(let reason):
      event = .notSent("the refunds were asked for: \(reason)")
    }
    if try await !apply(event, to: topUp) {
      try await apply(.notSent("what the refunds say changes nothing"), to: topUp)
    }
    return true
  }

  /// Why the refunds of an intent show that this store is behind: each is recorded before it is made
  /// (invariants 12, 50).
  ///
  /// - Parameter events: what tells of them; those that rows have are not asked about.
  func lostRefund(
    of intent: PaymentIntentID, toldBy events: [ProcessorEvent]
  ) async throws(StoreError) -> LostRefund {
    guard let owner = try refunded(intent) else { return .notAsked }
    let recorded = Set(owner.refunds.compactMap(\.refund?.rawValue))
    if events.allSatisfy({ recorded.contains($0.object) }) { return .notAsked }
    return try await lostRefund(of: intent)
  }

  /// The same, of whatever refunds it has.
  func lostRefund(of intent: PaymentIntentID) async throws(StoreError) -> LostRefund {
    guard try refunded(intent) != nil else { return .notAsked }
    let answer = await outside.processor.refunds(of: intent)
    if case .refused(let refusal) = answer, refusal.kind == .notFound { return .none }
    guard let known = heard(answer, from: "the refunds of \(intent)") else { return .unanswered }
    return try lost(known, of: intent).map { .found($0) } ?? .none
  }

  /// What the refunds of an intent show of this store.
  enum LostRefund {
    /// Rows have all that was told of, or it is none of ours.
    case notAsked
    case unanswered
    case none
    /// Why the store is behind.
    case found(String)
  }

  /// The same, of refunds that were listed just now: rows are read after that.
  func lost(
    _ known: [RefundSnapshot], of intent: PaymentIntentID
  ) throws(StoreError) -> String? {
    guard let topUp = try refunded(intent) else { return nil }
    let through = try store.read { snapshot throws(StoreError) in
      try snapshot.settings().settledThrough
    }
    let lost = topUp.refundsWithoutRow(known).first { refund in
      // From before the day on which persons settled all that this store does not have.
      guard let through, let created = refund.created else { return true }
      return created > through
    }
    return lost.map {
      "the processor has refund \($0.id) of \(topUp.id), which this store has not made"
    }
  }

  private func refunded(_ intent: PaymentIntentID) throws(StoreError) -> TopUp? {
    try store.read { snapshot throws(StoreError) -> TopUp? in
      guard let owner = try snapshot.intentOwner(intent) else { return nil }
      return try snapshot.topUp(owner)
    }
  }
}
