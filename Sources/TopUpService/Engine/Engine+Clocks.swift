internal import TopUpCore

extension Engine {
  /// Whether our clock and the processor's agree within 60 s (invariant 7). Asked now and then; a
  /// processor that does not answer changes nothing for two hours, and before its first answer nothing
  /// is reserved.
  func clockAgreement() async -> ClockAgreement {
    let before = clock.now
    // Set back, our clock makes what was found before it worthless (invariant 48).
    if let clocks, before >= clocks.checked,
      before.since(clocks.checked) < settings.clockCheckPeriod
    {
      return clocks.agreement
    }
    guard case .answered(let theirs) = await outside.processor.serverTime() else {
      // What was found before our clock was set back is worth nothing, nor what was long ago.
      let now = clock.now
      guard let clocks, now >= clocks.checked,
        now.since(clocks.checked) < settings.clockTrustMax
      else { return .unknown }
      return clocks.agreement
    }
    let after = clock.now
    let agreement = ClockAgreement(theirs: theirs, between: before, and: after)
    clocks = (agreement, after)
    return agreement
  }
}
