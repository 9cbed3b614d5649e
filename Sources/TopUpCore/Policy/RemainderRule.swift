/// What becomes of what an order did not deliver.
package enum RemainderRule: String, Sendable, Hashable, CaseIterable {
  /// It is ordered again, at a price within the rule's slippage; given back where there is none.
  case reorder
  /// It is given back, by the share of the charge that paid for it.
  case refund
}
