/// What the ledger, the processor and the ramp say of one top-up: a value, gathered by whoever may
/// call them (``differences(at:settledFor:)`` compares).
package struct ThreeBooks: Sendable, Hashable {
  package let id: TopUpID
  /// As this store has it; nil where it has none.
  package var topUp: TopUp?
  /// Whether an operator ended it by their word: then no order need stand for its credit.
  package var isEndedByWord = false
  /// Those that the top-up's attempts have, and those that name it.
  package var intents: [IntentSnapshot] = []
  /// Those of its attempts that the processor does not know.
  package var absentIntents: Set<PaymentIntentID> = []
  /// Of the intent that paid for it; nil where they were not asked for: the intent's own cumulative
  /// figure is taken then, which only checks (invariant 38).
  package var refunds: [RefundSnapshot]?
  package var disputes: [DisputeSnapshot]?
  package var orders: [RampOrder] = []
  /// Those of its orders that the ramp does not know.
  package var absentOrders: Set<ClientOrderID> = []

  package init(_ id: TopUpID, topUp: TopUp? = nil) {
    self.id = id
    self.topUp = topUp
  }

  /// When the newest of all that was gathered came to be: what is under way is not different yet.
  package var newest: UnixTime {
    var newest = topUp?.updated ?? UnixTime(seconds: 0)
    for intent in intents { newest = max(newest, intent.created, intent.charged ?? newest) }
    for refund in refunds ?? [] { newest = max(newest, refund.created ?? newest) }
    for dispute in disputes ?? [] { newest = max(newest, dispute.moved ?? newest) }
    for order in orders { newest = max(newest, order.updated) }
    return newest
  }
}
