internal import TopUpCore

// A refund that this store has not made may have been made by what it is a copy of, and the processor
// has long forgotten its key: it is asked before each (invariants 15, 50).

extension Engine {
  /// Whether the processor has the very refund that is about to be made, or does not say: then nothing
  /// is sent, and what it says is committed.
  func isRefundedAlready(_ topUp: TopUp, before effect: Effect) async throws(StoreError) -> Bool {
    guard case .createRefund(let refund) = effect else { return false }
    let answer = await outside.processor.refunds(of: refund.intent)
    // It may have moved while that was asked.
    guard !isStopped, try current(topUp.id)?.version == topUp.version else { return true }
    switch answer {
    case .answered(let known):
      guard known.contains(where: { $0.key == refund.key }) else { return false }
      try await apply(.refundsSeen(known), to: topUp)
    case .refused(let refusal):
      try await apply(.notSent("the refunds were asked for: \(refusal.code)"), to: topUp)
    case .unknown(let reason), .notSent(let reason):
      try await apply(.notSent("the refunds were asked for: \(reason)"), to: topUp)
    }
    return true
  }

  /// Why the refunds of an intent show that this store is behind: each is recorded before it is made
  /// (invariants 12, 50). Nil where they show nothing of the kind.
  ///
  /// - Parameter isAnswered: told whether the processor answered.
  func lostRefund(
    of intent: PaymentIntentID, isAnswered: inout Bool
  ) async throws(StoreError) -> String? {
    let (owner, through) = try store.read { snapshot throws(StoreError) in
      (
        try snapshot.intentOwner(intent), try snapshot.settings().settledThrough
      )
    }
    guard let owner else { return nil }
    let answer = await outside.processor.refunds(of: intent)
    if case .refused(let refusal) = answer, refusal.kind == .notFound { return nil }
    guard let known = heard(answer, from: "the refunds of \(intent)") else {
      isAnswered = false
      return nil
    }
    // Read after the answer: whatever is made is recorded before.
    let topUp = try store.read { snapshot throws(StoreError) in try snapshot.topUp(owner) }
    guard let topUp else { return nil }
    let own = Set(topUp.refunds.map { topUp.refundKey($0) })
    let lost = known.first { refund in
      guard let key = refund.key, key.isOfRefund(of: owner), !own.contains(key) else {
        return false
      }
      // From before the day on which persons settled all that this store does not have.
      if let through, let created = refund.created, created <= through { return false }
      return true
    }
    return lost.map {
      "the processor has refund \($0.id) of \(owner), which this store has not made"
    }
  }
}
