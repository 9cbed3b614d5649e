import SimulatedWorld
import TopUpCore

// What is told, and counted, of what daemons commit.

extension Simulation {
  func committed(_ commit: Commit, by number: Int) {
    auditor.committed(commit)
    for change in commit.changes {
      switch change {
      case .beginTopUp(let topUp, let cause):
        trace.note(wire.now, "replica \(number) begins \(topUp.id): \(cause)")
        auditor.coverage.meet("trigger \(topUp.trigger)")
        auditor.begins(topUp, wrongFor: replicas.first { $0.number == number }?.clock.wrongFor)
      case .moveTopUp(let topUp, let cause):
        meet(topUp)
        trace.note(wire.now, "replica \(number) moves \(topUp.id) to \(topUp.state): \(cause)")
        if topUp.state == .charged, profile.reverses, !isCalm, dice.chance(percent: 10) {
          takeBackAtOnce(topUp.id)
        }
      case .recordDecision(let decision):
        trace.note(wire.now, "replica \(number) decides: \(decision.explanation)")
        if let skip = decision.skip { auditor.coverage.meet("skip \(skip)") }
      case .markBehind: auditor.coverage.meet("store marked as behind")
      case .clearBehind: auditor.coverage.meet("store settled")
      case .settleByHand: auditor.coverage.meet("settled by hand")
      case .openBreaker: auditor.coverage.meet("breaker opened")
      case .clearBreaker: auditor.coverage.meet("breaker cleared")
      case .beginBlock(_, let block): auditor.coverage.meet("block for \(block.cause)")
      case .tell(let notice): auditor.coverage.meet("notice \(notice.kind)")
      default: break
      }
    }
  }

  private func meet(_ topUp: TopUp) {
    let before = states.updateValue(topUp.state, forKey: topUp.id)
    guard before != topUp.state else { return }
    auditor.coverage.meet("state \(topUp.state)")
    if topUp.state.isTerminal {
      for decline in topUp.attempts.compactMap(\.decline) {
        auditor.coverage.meet("decline \(decline.verdict.declineClass)")
      }
    }
    guard topUp.state == .needsReview, let reason = topUp.review?.reason else { return }
    auditor.coverage.meet("parked: \(Coverage.kind(ofReason: reason))")
  }

  /// What became of payments and orders.
  func meetOutside() {
    for payment in wire.payments {
      if payment.wasDisputed { auditor.coverage.meet("payment disputed") }
      if payment.everTaken > 0 { auditor.coverage.meet("payment taken back") }
      if payment.ownRefunded > 0 { auditor.coverage.meet("payment given back") }
      if payment.bounced > 0 { auditor.coverage.meet("refund that failed") }
    }
    for order in wire.world.orders {
      if let fate = order.fate { auditor.coverage.meet("order fated \(fate)") }
      if order.delivered > .zero { auditor.coverage.meet("order delivered") }
    }
  }
}

extension Commit {
  /// Whether it adds to the ledger.
  var posts: Bool {
    changes.contains { if case .post = $0 { true } else { false } }
  }
}
