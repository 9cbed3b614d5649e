import SimulatedWorld
import TopUpCore

/// What may be left to a person in which worlds: whatever can be found out is found out, and whatever
/// can be undone is undone, without one (invariants 13, 39).
struct ParkingTable {
  private let profile: Profile
  /// Whether an older copy of the store is in its place.
  var isRestored = false

  /// When the trouble ended; whatever is asked about is answered from then on.
  var calmSince = UnixTime.max

  init(_ profile: Profile) { self.profile = profile }

  /// - Parameters:
  ///   - before: as it was before it was parked.
  ///   - payments: its own, as they stand at the processor.
  ///   - orders: its own, as they stand at the ramp.
  func fault(
    _ before: TopUp, _ after: TopUp, _ payments: [PaymentFact], _ orders: [OrderFact],
    now: UnixTime
  ) -> Violation? {
    guard let reason = after.review?.reason, reason != before.review?.reason else { return nil }
    let id = after.order.map { after.orderID($0.number).rawValue }
    let order = orders.first { $0.id == id }
    let isFounded: Bool? =
      switch true {
      case reason.hasPrefix("nothing has changed for a day"):
        before.standsSince < calmSince.advanced(by: .seconds(-3_600))
          && stood(since: before.standsSince, for: Timings.doubtMax, now)
      case reason.hasPrefix("the price moved"): isBelow(before, after.review?.offer)
      case reason.contains("a debt that was gone"): after.debtPart > 0
      case reason.contains("held beside what was delivered"):
        payments.contains { $0.wasContested || $0.bounced > 0 }
      case reason.hasPrefix("the charge was disputed"), reason.hasSuffix("before the deposit"),
        reason.contains("came back"), reason.hasPrefix("the refund was refused"):
        payments.contains(where: \.wasContested)
      case reason.hasSuffix("before the refund"):
        after.books.held > 0 && payments.contains(where: \.wasContested)
      case reason.hasPrefix("the refund failed"): payments.contains { $0.bounced > 0 }
      case reason.hasPrefix("the ramp leaves no tombstone"): !profile.rampLeavesTombstones
      case reason.hasPrefix("the order ended"): order?.fate == .failUnknown
      case reason.hasSuffix("is not the chain's"):
        profile.forks || order?.fate == .completeEarly
      case reason.hasPrefix("too old to be sent again"),
        reason.hasPrefix("the ramp's tombstone is too late"):
        after.order.map { stood(since: $0.created, for: Timings.resendMax, now) } ?? false
      case reason.hasPrefix("the ramp no longer knows"):
        after.order.map { stood(since: $0.created, for: Timings.orderRetention, now) } ?? false
      case reason.hasPrefix(Self.unseen):
        stood(since: after.created, for: Timings.orderForgotten, now)
      default: nil
      }
    switch isFounded {
    case true?: return nil
    case false?: return Violation("39", "\(after.id) waits for a person, for \(reason)")
    case nil where isRestored && Self.ofCopies.contains(where: reason.hasPrefix): return nil
    case nil: return Violation("39", "\(after.id) waits for a person, unheard of: \(reason)")
    }
  }

  private func stood(since moment: UnixTime, for span: Duration, _ now: UnixTime) -> Bool {
    profile.jumpsClocks || now.since(moment) > span - .seconds(600)
  }

  /// How the reason begins where an order may have been delivered, and the ramp would not know.
  static let unseen = "older than the ramp keeps its orders"

  /// What only a store comes to that is an older copy, or was once: others have its keys and ids.
  private static let ofCopies = [
    "refund re_", "the ramp has order", "the ramp has this order with another body",
    "the charge's key came with another request", "the call's key came with another request",
  ]

  /// Whether an offer is less than what was bought, by more than the rule lets pass.
  private func isBelow(_ topUp: TopUp, _ offer: Planck?) -> Bool {
    guard let offer, let bought = topUp.acceptedTokens ?? topUp.quote?.tokens else { return false }
    let most = (0...10_000).contains(topUp.slippageBasisPoints) ? topUp.slippageBasisPoints : 0
    return offer.units < bought.units / 10_000 * Int128(10_000 - most) + Int128(10_000)
      && offer < bought
  }
}
