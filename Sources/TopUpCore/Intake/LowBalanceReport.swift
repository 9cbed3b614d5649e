/// A source's claim that an account runs low, checked field by field; a reason to look, never the
/// truth itself (invariant 11).
package struct LowBalanceReport: Sendable, Hashable {
  /// Its place in the source's sequence; 0 in the unary form.
  package var sequence: UInt64
  package var account: DDCAccount
  package var severity: LowBalanceClaim.Severity
  package var unbilled: Int128
  package var burnPerEra: Int128
  /// The height it was seen at; 0 when the source gave none.
  package var block: UInt64
  package var observed: UnixTime?

  package init(
    sequence: UInt64, account: DDCAccount, severity: LowBalanceClaim.Severity, unbilled: Int128,
    burnPerEra: Int128, block: UInt64, observed: UnixTime?
  ) {
    self.sequence = sequence
    self.account = account
    self.severity = severity
    self.unbilled = unbilled
    self.burnPerEra = burnPerEra
    self.block = block
    self.observed = observed
  }

  /// What it adds to the look at its account.
  package func claim(at now: UnixTime) -> LowBalanceClaim {
    LowBalanceClaim(
      severity: severity, unbilled: unbilled, burnPerEra: burnPerEra, events: 1,
      severitySeen: now)
  }
}

/// What the intake makes of a report, before anything is decided (domain §11).
package enum IntakeOutcome: Sendable, Hashable {
  case accepted
  case duplicate
  /// Folded into a look or a top-up that is under way.
  case coalesced(TopUpID?)
  case stale(String)
  case ignored(String)
  case rejected(String)
  case skipped

  /// Whether what it claims is kept for the next look.
  package var foldsClaim: Bool {
    switch self {
    case .accepted, .coalesced: true
    case .duplicate, .stale, .ignored, .rejected, .skipped: false
    }
  }

  /// Whether the account is to be looked at because of it.
  package var causesLook: Bool {
    switch self {
    case .accepted: true
    case .coalesced(let topUp): topUp == nil
    case .duplicate, .stale, .ignored, .rejected, .skipped: false
    }
  }
}
