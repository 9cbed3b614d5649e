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
  ///   - standing: the account as it is in the store.
  ///   - isPending: whether an earlier report of the same batch has it looked at.
  package func outcome(
    of report: LowBalanceReport, _ standing: IntakeStanding, isPending: Bool
  ) -> IntakeOutcome {
    if let observed = report.observed, observed > now.advanced(by: Self.futureSkewMax) {
      return .rejected("observed_at is more than 120 s in the future")
    }
    if report.block > 0 {
      if let head, report.block > head, report.block - head > Self.blocksAheadMax {
        return .stale("block \(report.block) is beyond the finalized head \(head)")
      }
      if let known = standing.readingBlock, report.block < known {
        return .stale("block \(report.block) is below the last reading at \(known)")
      }
    }
    guard let isEnabled = standing.isPolicyEnabled else { return .ignored("no policy is set") }
    guard isEnabled else { return .ignored("automatic top-up is off") }
    if let inFlight = standing.inFlight { return .coalesced(inFlight) }
    return isPending || standing.isPending ? .coalesced(nil) : .accepted
  }
}
