/// What is remembered of an account between decisions.
package struct AccountState: Sendable, Hashable {
  /// Armed, then fired, then armed again: the unit of idempotency (invariant 3).
  package struct Episode: Sendable, Hashable {
    /// From 1; 0 before the first.
    package var ordinal: Int64
    /// Whether a low balance may begin an episode.
    package var isArmed: Bool
    /// Top-ups begun in it, the retries after soft declines included.
    package var topUps: Int
    /// Declines in a row, over episodes: since a charge succeeded or a breaker opened
    /// (invariant 18).
    package var declines: Int

    package init(ordinal: Int64 = 0, isArmed: Bool = true, topUps: Int = 0, declines: Int = 0) {
      self.ordinal = ordinal
      self.isArmed = isArmed
      self.topUps = topUps
      self.declines = declines
    }
  }

  package var episode: Episode
  /// The last finalized reading that was applied.
  package var reading: KnownReading?
  /// The height of the last credit: no reading from below it decides anything (invariant 10).
  package var lastCreditHeight: UInt64
  package var lastCredited: UnixTime?
  /// When the last top-up ended, however it ended.
  package var lastFinished: UnixTime?
  /// Not before this, after a decline.
  package var backOffUntil: UnixTime?
  /// Why nothing is charged for it, by their causes' names; none where it is free.
  package var blocks: [AccountBlock]
  package var version: Int64

  package init(
    episode: Episode = Episode(), reading: KnownReading? = nil, lastCreditHeight: UInt64 = 0,
    lastCredited: UnixTime? = nil, lastFinished: UnixTime? = nil, backOffUntil: UnixTime? = nil,
    blocks: [AccountBlock] = [], version: Int64 = 0
  ) {
    self.episode = episode
    self.reading = reading
    self.lastCreditHeight = lastCreditHeight
    self.lastCredited = lastCredited
    self.lastFinished = lastFinished
    self.backOffUntil = backOffUntil
    self.blocks = blocks
    self.version = version
  }
}

extension AccountState {
  /// When a declined top-up is tried again by itself: only the last one of an episode that is still
  /// open is, and only by the next one of that episode (invariant 18).
  ///
  /// - Returns: nil when nothing tries it again, or its time has gone.
  package func retry(of topUp: TopUp, at now: UnixTime) -> UnixTime? {
    let last = TopUpID.automatic(
      account: topUp.account, episode: episode.ordinal, ordinal: episode.topUps)
    guard topUp.state == .declined, topUp.trigger.isAutomatic, topUp.id == last,
      !episode.isArmed, let due = backOffUntil, due > now
    else { return nil }
    return due
  }
}

/// A balance reading with the moment it was made.
package struct KnownReading: Sendable, Hashable {
  package var active: Int128
  package var total: Int128
  package var exists: Bool
  package var block: BlockReference
  package var readAt: UnixTime

  package init(
    active: Int128, total: Int128, exists: Bool, block: BlockReference, readAt: UnixTime
  ) {
    self.active = active
    self.total = total
    self.exists = exists
    self.block = block
    self.readAt = readAt
  }
}

/// What sources claim of an account: folded together until a look has answered it (domain §11,
/// rule 3). A look that could not fund the account yet, or whose top-up failed, answers nothing: the
/// next one goes by the same claim.
package struct LowBalanceClaim: Sendable, Hashable {
  package enum Severity: Int, Sendable, Hashable, CaseIterable {
    case unspecified = 0
    case low = 1
    case critical = 2
    case exhausted = 3
    case recovered = 4
  }

  package var severity: Severity
  /// The highest estimate of what is used but not billed.
  package var unbilled: Int128
  /// Mean use of one era; 0 when no source knows.
  package var burnPerEra: Int128
  /// How many of its events no decision has counted yet; 0 when what stands here was considered.
  package var events: Int64
  /// When its severity was claimed last.
  package var severitySeen: UnixTime

  package init(
    severity: Severity, unbilled: Int128, burnPerEra: Int128, events: Int64,
    severitySeen: UnixTime
  ) {
    self.severity = severity
    self.unbilled = unbilled
    self.burnPerEra = burnPerEra
    self.events = events
    self.severitySeen = severitySeen
  }

  /// Takes in a later event: the worst claim counts, for a claim only causes a look.
  package mutating func fold(_ other: LowBalanceClaim) {
    if other.severity != .recovered,
      other.severity.rawValue > severity.rawValue || severity == .recovered
    {
      severity = other.severity
      severitySeen = other.severitySeen
    } else if other.severity == severity {
      severitySeen = max(severitySeen, other.severitySeen)
    }
    unbilled = max(unbilled, other.unbilled)
    burnPerEra = max(burnPerEra, other.burnPerEra)
    events += other.events
  }
}
