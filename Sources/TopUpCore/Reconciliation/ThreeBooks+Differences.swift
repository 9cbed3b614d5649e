extension ThreeBooks {
  /// Where the three do not say the same.
  ///
  /// - Parameter span: what is younger may be under way, and is not compared yet; nil compares
  ///   whatever its age.
  /// - Returns: each difference with both figures, and with what mends it where that is safe.
  package func differences(
    at now: UnixTime, settledFor span: Duration? = nil
  ) -> [Difference] {
    if let span, newest.advanced(by: span) > now { return [] }
    return chargeDifferences(now) + reversalDifferences(now) + depositDifferences(now)
  }
}

extension Difference {
  /// How long an event may wait to be applied before somebody is told.
  package static let eventWaitMax = Duration.seconds(3_600)

  /// Of a webhook event that was not applied so far; nil while it may well be.
  package init?(waiting event: StoredInboxEvent, at now: UnixTime) {
    guard event.applied == nil, event.event.received.advanced(by: Self.eventWaitMax) <= now else {
      return nil
    }
    self.init(
      .eventNotApplied, nil, object: event.event.id,
      ours: event.lastError ?? "not applied, \(event.tries) tries",
      theirs: "\(event.event.type) of \(event.event.object)")
  }
}
