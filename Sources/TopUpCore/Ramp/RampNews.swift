/// What one step of a top-up says of the ramp.
package enum RampNews: Sendable, Hashable {
  /// A charge has to be given back, for it could not be delivered. One that others took back first,
  /// one that its tenant wanted back, and one that was held and not ordered say nothing of the ramp;
  /// one that a person gives back in review does, for it was parked for a reason.
  case compensated(TopUpID)
  case delivered(TopUpID, ordered: UnixTime)
  case ended(TopUpID)

  /// - Returns: nil where a step says nothing of it.
  package init?(_ before: TopUp, _ after: TopUp) {
    guard case .ddc = after.account else { return nil }
    // A part is no delivery yet: what comes of the rest says it.
    let order = after.orders.last { $0.phase == .completed && !$0.isPart }
    let wasCompleted = before.orders.contains { $0.phase == .completed && !$0.isPart }
    if before.refunds.isEmpty, !after.refunds.isEmpty, after.reversed == 0,
      !after.isRefundWished, after.hold?.phase != .refused, after.toOrder.minorUnits > 0
    {
      self = .compensated(after.id)
    } else if let order, !wasCompleted {
      self = .delivered(after.id, ordered: order.created)
    } else if after.state.isTerminal, !before.state.isTerminal {
      self = .ended(after.id)
    } else {
      return nil
    }
  }
}

extension RampStanding {
  /// - Returns: nil when it changes nothing.
  package func hearing(
    _ news: RampNews, at now: UnixTime, probeSpan: Duration
  ) -> RampStanding? {
    switch news {
    case .compensated(let id): compensated(id, at: now, probeSpan: probeSpan)
    case .delivered(let id, let ordered): delivered(id, ordered: ordered) ?? ended(id)
    case .ended(let id): ended(id)
    }
  }
}
