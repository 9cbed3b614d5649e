// The last look at a charge's refunds before another is made, and what they show of this store.

extension TopUp {
  /// What the processor's refunds say against one that is about to be made: that it is there already,
  /// that others took what it would give back, or that its key stands for another (invariants 15, 24,
  /// 32).
  ///
  /// - Parameter known: all refunds of the charge.
  /// - Returns: nil when it may be made.
  package func whatStands(against refund: CreateRefund, _ known: [RefundSnapshot]) -> TopUpEvent? {
    if !lateRefunds(in: known).isEmpty { return .refundsSeen(known) }
    let underKey = known.first { $0.key == refund.key }
    if let underKey, isOwn(underKey) { return .refundsSeen(known) }
    let news = known.filter { !isOwn($0) }.map { ReversalSnapshot($0) }.filter { snapshot in
      let stands = reversals.first { $0.id == snapshot.id }
      return snapshot.taken.minorUnits != stands?.taken ?? 0 && snapshot.rank > stands?.rank ?? -1
    }
    if !news.isEmpty { return .reversalsSeen(news) }
    if underKey != nil { return .refundsSeen(known) }
    guard books.held >= refund.amount.minorUnits else {
      let gone = Money(minorUnits: refund.amount.minorUnits - books.held, amount.currency)
      return .refundWithheld("\(gone) of \(refund.amount) was taken back before the refund")
    }
    return nil
  }

  /// Those that bear a key of ours and no row has: this store has not made them.
  package func refundsWithoutRow(_ known: [RefundSnapshot]) -> [RefundSnapshot] {
    known.filter { refund in
      guard let key = refund.key, key.isOfRefund(of: id), !isOwn(refund) else { return false }
      // A second one of the same request, once the key was forgotten, is no sign of a copy.
      return !refunds.contains { refundKey($0) == key && $0.amount == refund.amount }
    }
  }
}
