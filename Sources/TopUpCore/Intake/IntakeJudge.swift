/// Judges reports against what is known of their accounts. Pure: the store's word is an argument.
package struct IntakeJudge: Sendable {
  /// How far ahead of our own finalized head a claimed height may be, in blocks: ten minutes of
  /// them (invariant 11).
  package static let blocksAheadMax: UInt64 = 100
  /// How far in the future a source's clock may be (domain §11, rule 2).
  package static let futureSkewMax = Duration.seconds(120)

  /// Our finalized head as far as it is known; nil before the first reading.
  package var head: UInt64?
  package var now: UnixTime

  package init(head: UInt64?, now: UnixTime) {
    self.head = head
    self.now = now
  }

  /// What a report amounts to.
  ///
  /// - Parameters:
  ///   - stored: the account as it is in the store.
  ///   - inFlight: its automatic top-up that has not ended.
  ///   - isPending: whether a look at the account is due already, from the store or from an
  ///     earlier report of the same batch.
  package func outcome(
    of report: LowBalanceReport, _ stored: StoredAccount, inFlight: TopUpID?, isPending: Bool
  ) -> IntakeOutcome {
    if let observed = report.observed, observed > now.advanced(by: Self.futureSkewMax) {
      return .rejected("observed_at is more than 120 s in the future")
    }
    if report.block > 0 {
      if let head, report.block > head, report.block - head > Self.blocksAheadMax {
        return .stale("block \(report.block) is beyond the finalized head \(head)")
      }
      if let known = stored.state.reading?.block.number, report.block < known {
        return .stale("block \(report.block) is below the last reading at \(known)")
      }
    }
    guard let policy = stored.policy else { return .ignored("no policy is set") }
    guard policy.isEnabled else { return .ignored("automatic top-up is off") }
    if let inFlight { return .coalesced(inFlight) }
    return isPending ? .coalesced(nil) : .accepted
  }
}
