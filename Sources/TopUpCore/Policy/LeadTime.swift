/// How long an automatic top-up takes from its decision to its finalized credit, as measured: what a
/// balance must last for a top-up that begins now.
///
/// Waiting for a person or in a hold is no part of it: that says nothing of card, ramp and chain.
package struct LeadTime: Sendable, Hashable {
  /// The newest that count: what was usual last year is no forecast.
  package static let samplesMax = 100
  /// Of fewer, the 95th percentile is the one that took longest, which is chance.
  package static let samplesMin = 20
  /// What is taken for it until there are as many: the target for a finalized credit.
  package static let assumed = Duration.seconds(60)

  /// The 95th percentile by nearest rank, or ``assumed``.
  package var p95: Duration
  package var samples: Int

  package init(p95: Duration, samples: Int) {
    self.p95 = p95
    self.samples = samples
  }

  /// - Parameter newest: of the newest top-ups, at most ``samplesMax``, in any order.
  package init(of newest: [Duration]) {
    samples = newest.count
    guard newest.count >= Self.samplesMin else {
      p95 = Self.assumed
      return
    }
    p95 = newest.sorted()[(newest.count * 95 + 99) / 100 - 1]
  }

  package static let unknown = LeadTime(of: [])

  package var isMeasured: Bool { samples >= Self.samplesMin }

  /// Whole seconds of it and a margin together, no less than they are.
  func seconds(with margin: Duration) -> Int128 {
    let (a, b) = (p95.components, margin.components)
    let second: Int128 = 1_000_000_000_000_000_000
    let parts = Int128(a.attoseconds) + Int128(b.attoseconds)
    // Rounded up on either side of zero.
    let carry = parts > 0 ? (parts + second - 1) / second : parts / second
    return Int128(a.seconds) + Int128(b.seconds) + carry
  }
}

extension LeadTime: CustomStringConvertible {
  package var description: String {
    let seconds = seconds(with: .zero)
    return isMeasured
      ? "\(seconds) s (p95 of the last \(samples))"
      : "\(seconds) s (assumed; \(samples) of \(Self.samplesMin) measured)"
  }
}

extension LeadTime {
  /// What one top-up took, once it is credited.
  ///
  /// - Parameters:
  ///   - topUp: as it is after the step that credits it.
  ///   - transitions: all before that step, by version.
  ///   - now: when the step is made.
  /// - Returns: nil for one that tells nothing of automatic top-ups by ramp, or whose clock was set
  ///   back meanwhile.
  package static func sample(
    of topUp: TopUp, after transitions: [StoredTransition], at now: UnixTime
  ) -> Duration? {
    guard case .ddc = topUp.account, topUp.trigger.isAutomatic, topUp.state == .credited,
      !topUp.isReopened
    else { return nil }
    var waited = Duration.zero
    for (index, transition) in transitions.enumerated() where transition.to.waitsOutside {
      let next = transitions.indices.contains(index + 1) ? transitions[index + 1].at : now
      waited += max(.zero, next.since(transition.at))
    }
    let span = now.since(topUp.created)
    return span >= waited ? span - waited : nil
  }
}

extension TopUpState {
  /// Whether a person, or a hold's span, is waited for.
  fileprivate var waitsOutside: Bool {
    switch self {
    case .actionRequired, .depositHeld, .needsReview: true
    case .reserved, .charging, .chargeUnknown, .charged, .depositing, .depositUnknown, .credited,
      .declined, .cancelled, .expired, .orderCancelling, .refunding, .refundUnknown, .refunded,
      .refundFailed, .reversed:
      false
    }
  }
}
