internal import RPCServer
internal import TopUpCore

// What the money path counts.

extension ExpositionText {
  /// How the ramp stands; left out while the store cannot be read.
  mutating func addRamp(of store: any Store) {
    let ramp = try? store.read { snapshot throws(StoreError) in try snapshot.rampStanding() }
    guard let ramp else { return }
    begin(
      "topup_ramp_breaker_open", "1 while nothing is charged for the ramp.", type: "gauge")
    add("topup_ramp_breaker_open", [], ramp.isOpen ? 1 : 0)
    begin(
      "topup_ramp_compensations_in_a_row", "Charges given back since the last delivery.",
      type: "gauge")
    add("topup_ramp_compensations_in_a_row", [], UInt64(max(ramp.compensations, 0)))
  }

  /// How long a top-up takes; left out while the store cannot be read. What is assumed before enough
  /// are measured shows by their number.
  mutating func addLeadTime(of store: any Store) {
    let spans = try? store.read { snapshot throws(StoreError) in
      try snapshot.leadTimes(limit: LeadTime.samplesMax)
    }
    guard let spans else { return }
    let leadTime = LeadTime(of: spans)
    begin(
      "topup_lead_time_p95_milliseconds",
      "From the decision of an automatic top-up to its credit, 95th percentile of the newest.",
      type: "gauge")
    let (seconds, attoseconds) = leadTime.p95.components
    let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    add("topup_lead_time_p95_milliseconds", [], UInt64(max(milliseconds, 0)))
    begin("topup_lead_time_samples", "Top-ups that it is taken from.", type: "gauge")
    add("topup_lead_time_samples", [], UInt64(max(leadTime.samples, 0)))
  }

  /// What waits to be applied; left out while the store cannot be read.
  mutating func addInbox(of store: any Store) {
    let counts = try? store.read { snapshot throws(StoreError) in try snapshot.counts() }
    guard let counts else { return }
    begin("topup_inbox_waiting", "Webhook events that are not applied yet.", type: "gauge")
    add("topup_inbox_waiting", [], UInt64(max(counts.inboxWaiting, 0)))
    begin(
      "topup_inbox_dead_letters", "Webhook events that are tried no more, and wait for a person.",
      type: "gauge")
    add("topup_inbox_dead_letters", [], UInt64(max(counts.inboxGivenUp, 0)))
  }

  /// What becomes of calls to the processor.
  mutating func add(_ limiter: OutboundLimiter) {
    let endpoints = limiter.snapshot.map { (label: ("endpoint", $0.endpoint.rawValue), $0.counts) }
    begin("topup_outbound_waiting", "Calls to Stripe that wait their turn.", type: "gauge")
    for (label, counts) in endpoints {
      add("topup_outbound_waiting", [label], UInt64(max(counts.waiting, 0)))
    }
    begin(
      "topup_outbound_refused_total", "Calls that Stripe refused as one too many.", type: "counter")
    for (label, counts) in endpoints {
      add("topup_outbound_refused_total", [label], counts.refused)
    }
    begin(
      "topup_outbound_not_sent_total", "Calls that did not get their turn.", type: "counter")
    for (label, counts) in endpoints {
      add("topup_outbound_not_sent_total", [label], counts.notSent)
    }
  }
}
