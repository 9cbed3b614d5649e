internal import TopUpAPI
internal import TopUpCore

/// What is wrong with one event.
struct EventFault: Error {
  let reason: String
}

extension LowBalanceReport {
  /// Reads an event; what is wrong with it is its own outcome, not the stream's failure.
  static func read(_ event: LowBalanceEvent) -> Result<LowBalanceReport, EventFault> {
    guard let cluster = ClusterID(event.clusterID) else {
      return .failure(EventFault(reason: "cluster_id must be 20 bytes"))
    }
    guard let owner = AccountID32(event.owner) else {
      return .failure(EventFault(reason: "owner must be 32 bytes"))
    }
    guard let unbilled = units(event.unbilled), let burn = units(event.burnPerEra),
      units(event.balanceActive) != nil, units(event.threshold) != nil, units(event.debt) != nil
    else {
      return .failure(
        EventFault(reason: "amounts must be decimal digits without sign or leading zeros"))
    }
    let severity: LowBalanceClaim.Severity
    switch event.severity {
    case .unspecified, .unrecognized: severity = .unspecified
    case .low: severity = .low
    case .critical: severity = .critical
    case .exhausted: severity = .exhausted
    case .recovered: severity = .recovered
    }
    return .success(
      LowBalanceReport(
        sequence: event.seq, account: DDCAccount(cluster: cluster, owner: owner),
        severity: severity, unbilled: unbilled, burnPerEra: burn, block: event.blockNumber,
        observed: event.observedAt.map { UnixTime($0) }))
  }

  private static func units(_ text: String) -> Int128? {
    text.isEmpty ? 0 : Planck(decimal: text)?.units
  }
}

extension EventResult {
  init(_ sequence: UInt64, _ outcome: TopUpCore.IntakeOutcome) {
    self.init(seq: sequence)
    switch outcome {
    case .accepted: self.outcome = .accepted
    case .duplicate: self.outcome = .duplicate
    case .coalesced(let topUp):
      self.outcome = .coalesced
      topUpID = topUp?.rawValue ?? ""
    case .stale(let why):
      self.outcome = .stale
      reason = why
    case .ignored(let why):
      self.outcome = .ignored
      reason = why
    case .rejected(let why):
      self.outcome = .rejected
      reason = why
    case .skipped: self.outcome = .skipped
    }
  }
}
