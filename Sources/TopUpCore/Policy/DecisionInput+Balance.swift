extension DecisionInput {
  /// Active less unbilled, plus what is on its way (invariant 10); nil where nothing was read.
  var effective: Int128? {
    guard let usable else { return nil }
    return usable.clampedSum(inFlight.reduce(0) { $0.clampedSum($1.pending) })
  }

  /// What is on chain and not used up yet.
  private var usable: Int128? {
    reading.map { $0.active.clampedDifference(claim?.unbilled ?? 0) }
  }

  /// Whether the balance is back above the level that ends an episode. What is only on its way does
  /// not count: it may still fail (invariant 4). What is claimed to be used and not billed yet does,
  /// and the claimed burn: claims make it harder to end an episode, never easier (domain §11,
  /// rule 5).
  var isSeenAbove: Bool {
    guard let policy, let usable else { return false }
    let burn = claim?.burnPerEra ?? 0
    return usable > max(policy.rearmLevel, policy.threshold.clampedSum(burn))
  }
}

/// How long a balance lasts at the claimed burn (domain §11, rule 7).
struct Runway {
  /// Nil when no source knows the burn: unknown, not endless.
  let seconds: Int128?
  let eras: Int128?

  /// - Parameter effective: the balance; nil where none was read.
  init(of effective: Int128?, burnPerEra: Int128?, eraSeconds: Int64) {
    guard let effective, let burn = burnPerEra, burn > 0 else {
      seconds = nil
      eras = nil
      return
    }
    let left = max(0, effective) / burn
    eras = left
    let (product, overflow) = left.multipliedReportingOverflow(by: Int128(eraSeconds))
    seconds = overflow ? .max : product
  }
}

extension DecisionInput {
  /// How long a balance lasts; unknown for one that was not read.
  func runway(of effective: Int128?) -> Runway {
    Runway(of: effective, burnPerEra: claim?.burnPerEra, eraSeconds: eraSeconds)
  }
}

extension Int128 {
  /// What sources and ramps say is not bounded by what exists: sums stay at the ends of the range.
  package func clampedSum(_ other: Int128) -> Int128 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  package func clampedDifference(_ other: Int128) -> Int128 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
