internal import RPCCore

/// Which calls to the processor leave when: within the budget of each endpoint and of all together,
/// the more urgent first, and tenants in turn. A value; time is an argument.
struct OutboundQueue: Sendable {
  typealias Ticket = UInt64

  enum Verdict: Equatable {
    case goes
    case waits(Ticket)
    /// So many wait already that this one would not leave in time.
    case full
  }

  /// What waits at one endpoint, by tenant.
  private struct Lane {
    var rate: OutboundRate
    /// Tenants with a call that waits, the next one first.
    var turns: [String] = []
    var waiting: [String: [(ticket: Ticket, since: MonotonicInstant)]] = [:]
    var isEmpty: Bool { turns.isEmpty }
  }

  private let limits: OutboundLimits
  private var all: OutboundRate
  private var lanes: [OutboundEndpoint: Lane] = [:]
  private var lastTicket: Ticket = 0
  private(set) var waitingCount = 0

  init(_ limits: OutboundLimits, now: MonotonicInstant) {
    self.limits = limits
    all = OutboundRate(perSecond: limits.perSecond, now: now)
    for endpoint in OutboundEndpoint.allCases {
      lanes[endpoint] = Lane(rate: OutboundRate(perSecond: limits.endpointPerSecond, now: now))
    }
  }

  /// By urgency.
  private static let order = OutboundEndpoint.allCases.sorted { $0.priority < $1.priority }

  mutating func ask(
    _ endpoint: OutboundEndpoint, for tenant: String, _ now: MonotonicInstant
  ) -> Verdict {
    if lanes[endpoint]?.isEmpty == true, !isAnotherFirst(endpoint, now), mayCall(endpoint, now) {
      return .goes
    }
    guard waitingCount < limits.waitingMax,
      lanes[endpoint]?.waiting[tenant]?.count ?? 0 < limits.waitingPerTenantMax
    else { return .full }
    lastTicket += 1
    waitingCount += 1
    if lanes[endpoint]?.waiting[tenant] == nil { lanes[endpoint]?.turns.append(tenant) }
    lanes[endpoint]?.waiting[tenant, default: []].append((lastTicket, now))
    return .waits(lastTicket)
  }

  /// Whether the next call of all is another's, which is as urgent or more and waits for nothing else.
  /// What waits for its own endpoint's budget keeps nobody back.
  private mutating func isAnotherFirst(
    _ endpoint: OutboundEndpoint, _ now: MonotonicInstant
  ) -> Bool {
    guard waitingCount > 0 else { return false }
    for other in Self.order where other.priority <= endpoint.priority {
      if lanes[other]?.isEmpty == false, lanes[other]?.rate.mayCall(now) == true { return true }
    }
    return false
  }

  private mutating func mayCall(_ endpoint: OutboundEndpoint, _ now: MonotonicInstant) -> Bool {
    guard all.mayCall(now), lanes[endpoint]?.rate.mayCall(now) == true else { return false }
    all.called()
    lanes[endpoint]?.rate.called()
    return true
  }

  /// Those that leave now, in their order.
  mutating func release(_ now: MonotonicInstant) -> [Ticket] {
    var released: [Ticket] = []
    for endpoint in Self.order {
      while lanes[endpoint]?.isEmpty == false, mayCall(endpoint, now) {
        if let ticket = next(at: endpoint) { released.append(ticket) }
      }
    }
    return released
  }

  private mutating func next(at endpoint: OutboundEndpoint) -> Ticket? {
    guard let tenant = lanes[endpoint]?.turns.first,
      let first = lanes[endpoint]?.waiting[tenant]?.first
    else { return nil }
    remove(0, of: tenant, at: endpoint)
    // The tenant's next call has its turn behind the others'.
    if lanes[endpoint]?.waiting[tenant] != nil, let index = place(of: tenant, at: endpoint) {
      lanes[endpoint]?.turns.remove(at: index)
      lanes[endpoint]?.turns.append(tenant)
    }
    return first.ticket
  }

  private func place(of tenant: String, at endpoint: OutboundEndpoint) -> Int? {
    lanes[endpoint]?.turns.firstIndex(of: tenant)
  }

  private mutating func remove(_ index: Int, of tenant: String, at endpoint: OutboundEndpoint) {
    lanes[endpoint]?.waiting[tenant]?.remove(at: index)
    waitingCount -= 1
    guard lanes[endpoint]?.waiting[tenant]?.isEmpty == true else { return }
    lanes[endpoint]?.waiting[tenant] = nil
    if let place = place(of: tenant, at: endpoint) { lanes[endpoint]?.turns.remove(at: place) }
  }

  /// Takes out those that have waited too long.
  mutating func expire(_ now: MonotonicInstant) -> [Ticket] {
    var expired: [Ticket] = []
    for endpoint in Self.order {
      for tenant in lanes[endpoint]?.turns ?? [] {
        while let first = lanes[endpoint]?.waiting[tenant]?.first,
          now.since(first.since) >= limits.waitMax
        {
          expired.append(first.ticket)
          remove(0, of: tenant, at: endpoint)
        }
      }
    }
    return expired
  }

  /// When something is to be released or to expire next; nil when nothing waits.
  func nextChange(_ now: MonotonicInstant) -> MonotonicInstant? {
    var earliest: MonotonicInstant?
    for lane in lanes.values where !lane.isEmpty {
      var due = max(lane.rate.nextCall(now), all.nextCall(now))
      for waiting in lane.waiting.values {
        if let first = waiting.first { due = min(due, first.since.advanced(by: limits.waitMax)) }
      }
      earliest = min(earliest ?? due, due)
    }
    return earliest
  }

  /// The processor refused a call as one too many, for its endpoint or for the account as a whole:
  /// which of the two it does not say reliably, so that both slow down.
  mutating func wasTooMuch(
    _ endpoint: OutboundEndpoint, _ retryAfter: Duration?, _ now: MonotonicInstant
  ) {
    lanes[endpoint]?.rate.wasTooMuch(retryAfter, now)
    all.wasTooMuch(.zero, now)
  }
}
