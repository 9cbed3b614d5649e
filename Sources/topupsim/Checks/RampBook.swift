import TopUpCore

/// Counts by itself what the ramp has failed at and what it was bought at, and holds each commit and
/// each confirm against it (invariants 4, 6).
struct RampBook {
  /// How the ramp stands, as last committed.
  private(set) var standing = RampStanding()
  /// Since when, by the world's clock, it stands open; nil while it is closed.
  private(set) var openSince: UnixTime?
  private var compensations = 0
  /// Whose charges a tenant has asked for: given back for that, they say nothing of the ramp.
  private var wished: Set<TopUpID> = []
  /// The accepted prices of a currency: the newest, and the one before it, by which somebody may have
  /// decided who had not heard of the newest.
  private var prices: [Currency: [AcceptedPrice]] = [:]

  /// - Parameters:
  ///   - topUps: as they were before the commit.
  ///   - now: by the world's clock.
  /// - Returns: what is wrong with a commit.
  mutating func faults(
    of commit: Commit, _ topUps: [TopUpID: TopUp], now: UnixTime
  ) -> [String] {
    var faults: [String] = []
    for change in commit.changes {
      switch change {
      case .beginTopUp(let topUp, _): faults += begun(topUp, commit)
      case .moveTopUp(let after, _): moved(topUps[after.id], after)
      default: break
      }
    }
    for change in commit.changes {
      switch change {
      case .putRamp(let next): put(next, now)
      case .putPrice(let price):
        prices[price.currency] = [price] + (prices[price.currency] ?? []).prefix(1)
      default: break
      }
    }
    if compensations >= 2, !standing.isOpen {
      faults.append("\(compensations) charges in a row were given back, and charging goes on")
    }
    return faults
  }

  private mutating func put(_ next: RampStanding, _ now: UnixTime) {
    if !next.isOpen { openSince = nil } else if openSince == nil { openSince = now }
    if standing.isOpen, !next.isOpen { compensations = 0 }
    standing = next
    if next.compensations == 0 { compensations = 0 }
  }

  private mutating func moved(_ before: TopUp?, _ after: TopUp) {
    guard let before, case .ddc = after.account else { return }
    let isWished = after.isRefundWished && wished.contains(after.id)
    if before.refunds.isEmpty, !after.refunds.isEmpty, after.reversed == 0, !isWished,
      after.hold?.phase != .refused, after.toOrder.minorUnits > 0
    {
      compensations += 1
    }
    let wasDelivered = before.orders.contains { $0.phase == .completed && !$0.isPart }
    if !wasDelivered, after.orders.contains(where: { $0.phase == .completed && !$0.isPart }),
      !standing.isOpen
    {
      compensations = 0
    }
  }

  private func begun(_ topUp: TopUp, _ commit: Commit) -> [String] {
    guard case .ddc = topUp.account, let quote = topUp.quote else { return [] }
    var faults: [String] = []
    let headroom = commit.changes.compactMap {
      if case .holdHeadroom(let headroom) = $0 { headroom } else { nil }
    }.first
    if headroom.map({ $0.free < quote.tokens.units }) ?? true {
      faults.append(
        "\(topUp.id) is for \(quote.tokens), and the ramp can deliver \(headroom as Any)")
    }
    let known = prices[topUp.amount.currency] ?? []
    if !known.isEmpty, !known.contains(where: { isNear(quote.rateNano, $0, commit.now) }) {
      faults.append("\(topUp.id) is charged at \(quote.rateNano), accepted was \(known)")
    }
    return faults
  }

  /// A fifth of the accepted price either way; for each day of its age a fifth more, up to nine tenths.
  private func isNear(_ rate: Int64, _ price: AcceptedPrice, _ now: UnixTime) -> Bool {
    let days = max(0, now.since(price.accepted).components.seconds / 86_400)
    let percent = Int128(min(20 + 20 * min(days, 10), 90))
    return abs(Int128(rate) - Int128(price.rateNano)) * 100 <= percent * Int128(price.rateNano)
  }

  /// A tenant asks for a charge back.
  mutating func isWished(_ id: TopUpID) { wished.insert(id) }

  /// Whether a top-up may be charged now, by how the ramp has stood for a while: what opens the breaker
  /// in the same moment may come too late.
  func admits(_ id: TopUpID, at now: UnixTime) -> Bool {
    guard let openSince, now.since(openSince) > .seconds(10) else { return true }
    return standing.probe == id
  }

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  mutating func load(_ snapshot: any StoreSnapshot, now: UnixTime) throws(StoreError) {
    put(try snapshot.rampStanding(), now)
    compensations = standing.compensations
    prices = [:]
    for price in try snapshot.acceptedPrices() { prices[price.currency] = [price] }
  }
}
