import SimulatedWorld
import TopUpCore

/// Events that come again, in another order and under other ids, long after all has ended: what they
/// tell of is read anew, and where nothing outside has changed nothing changes here (invariant 36).
struct EchoCheck {
  /// What has an end, and what stands outside of it.
  private let ended: [TopUp]
  private let facts: Auditor.Facts

  init(_ auditor: Auditor, _ wire: OutsideWire) {
    let facts = Auditor.Facts(wire)
    self.facts = facts
    let now = wire.now
    ended = auditor.order.compactMap { auditor.topUps[$0] }.filter { topUp in
      // What moved just now may not have been heard yet.
      let payments = facts.payments[topUp.id.rawValue] ?? []
      return topUp.state.isTerminal
        && payments.allSatisfy { $0.reversalMoved.map { now.since($0) > .seconds(7_200) } ?? true }
    }
  }

  func faults(_ auditor: Auditor, _ wire: OutsideWire) -> [Violation] {
    let now = Auditor.Facts(wire)
    return ended.compactMap { before in
      let name = before.id.rawValue
      guard let after = auditor.topUps[before.id],
        facts.payments[name] == now.payments[name], facts.orders[name] == now.orders[name],
        before.state != after.state || before.books != after.books
          || before.reversals != after.reversals || before.refunds != after.refunds
      else { return nil }
      return Violation(
        "36",
        "\(name) was \(before.state), and is \(after.state) by events of old: "
          + "\(before.books) before, \(after.books) after")
    }
  }
}
