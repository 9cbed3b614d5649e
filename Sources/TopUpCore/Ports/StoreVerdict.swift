/// What a store is worth that was recomputed (invariants 7, 22, 24, 26).
package struct StoreVerdict: Sendable, Hashable {
  /// The ledger's head in the state that was looked at; nil where it cannot be read.
  package var head: LedgerHead?
  /// What is wrong, in the order in which it was found; empty for a sound store.
  package var faults: [StoreFault]
  /// Whether more is wrong than ``faults`` tells.
  package var hasMore: Bool

  package init(head: LedgerHead?, faults: [StoreFault], hasMore: Bool = false) {
    self.head = head
    self.faults = faults
    self.hasMore = hasMore
  }
}

/// Something in a store that cannot be right, and where it is.
package struct StoreFault: Sendable, Hashable, CustomStringConvertible {
  /// Such as `entry 12`.
  package let location: String
  package let problem: String

  package init(_ location: String, _ problem: String) {
    self.location = location
    self.problem = problem
  }

  package var description: String { "\(location): \(problem)" }
}
