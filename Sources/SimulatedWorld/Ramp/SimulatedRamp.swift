import StrictJSON
package import TopUpCore

/// A model of a treasury ramp: it keeps `docs/ramp-contract.md` to the letter, and what it
/// delivers shows on the simulated chain.
package struct SimulatedRamp: Sendable {
  package var configuration: RampConfiguration
  /// What the hot wallet holds, reservations for open orders included.
  package var treasury: Planck
  package var isHealthy = true
  var orders: [String: SimulatedOrder] = [:]
  var quotes: [String: SimulatedQuote] = [:]
  /// Cancels of ids that it has forgotten since, whatever it did under them.
  private var lateTombstones: [String: SimulatedOrder] = [:]
  /// Orders that are not terminal, in the order in which they came.
  var open: [String] = []
  private var generator: SeededGenerator
  private var changes: Int64 = 0
  /// What a correct client never does, though the contract lets it: tests want none of these.
  package private(set) var oddities: [String] = []

  package init(_ configuration: RampConfiguration) {
    self.configuration = configuration
    treasury = configuration.treasury
    generator = SeededGenerator(seed: configuration.seed)
  }

  /// What can still be ordered.
  package var headroom: Planck {
    let reserved = open.reduce(Int128(0)) { $0 + (orders[$1]?.ordered.units ?? 0) }
    return Planck(max(0, treasury.units - reserved))
  }

  /// How many orders stand in each state.
  package var orderCounts: [String: Int] {
    orders.values.reduce(into: [:]) { $0[$1.state.rawValue, default: 0] += 1 }
  }

  // MARK: Requests

  package mutating func handle(
    _ request: HTTPRequest, now: UnixTime, disturbance: RampDisturbance = .none
  ) -> HTTPResponse {
    do throws(RampFailure) {
      return .json(try answer(request, now: now, disturbance))
    } catch {
      return error.response
    }
  }

  private mutating func answer(
    _ request: HTTPRequest, now: UnixTime, _ disturbance: RampDisturbance
  ) throws(RampFailure) -> JSON {
    guard request.values(of: "authorization") == ["Bearer \(configuration.key)"] else {
      throw RampFailure(.unauthorized, "send Authorization: Bearer <key>")
    }
    guard let target = RequestTarget(url: request.url), target.segments.first == "v1" else {
      throw RampFailure(.notFound, "no such path")
    }
    let path = Array(target.segments.dropFirst())
    switch (request.method, path.first, path.count) {
    case (.get, "capabilities", 1): return capabilities
    case (.get, "health", 1):
      return ["healthy": .bool(isHealthy), "headroom_planck": .string(headroom.decimal)]
    case (.post, "quotes", 1):
      return try quote(RampRequest(body: request), now: now, disturbance)
    case (.post, "orders", 1):
      return try createOrder(RampRequest(body: request), now: now, disturbance)
    case (.get, "orders", 1): return try list(target.query, now: now)
    case (.get, "orders", 2):
      guard let order = known(path[1], now) else {
        throw RampFailure(.notFound, "no order \(path[1])")
      }
      return order.json
    case (.post, "orders", 3) where path[2] == "cancel":
      guard request.body.isEmpty else { throw RampFailure(.invalidRequest, "the body is empty") }
      return try cancel(path[1], now: now)
    default: throw RampFailure(.notFound, "no such path")
    }
  }

  private var capabilities: JSON {
    let codes = configuration.rates.keys.map(\.code).sorted()
    var fees = JSONObject()
    for code in codes { fees[code] = .integer(configuration.feeFixed) }
    return [
      "currencies": .array(codes.map { .string($0) }),
      "min_planck": .string(configuration.minimum.decimal),
      "max_planck": .string(configuration.maximum.decimal),
      "fee_basis_points": .integer(configuration.feeBasisPoints),
      "fee_fixed_minor": .object(fees),
      "quote_ttl_ms": .integer(configuration.quoteLifetime.components.seconds * 1000),
      "supports_cancel": .bool(configuration.supportsCancel),
    ]
  }

  // MARK: Quotes

  private mutating func quote(
    _ request: RampRequest, now: UnixTime, _ disturbance: RampDisturbance
  ) throws(RampFailure) -> JSON {
    let isFiat = try request.text("side") == "fiat"
    try request.allowOnly(
      ["side", "currency", "cluster_id", isFiat ? "minor_amount" : "planck"])
    let cluster = try knownCluster(try request.cluster("cluster_id"))
    guard let currency = Currency(code: try request.text("currency")),
      currency.code == (try request.text("currency")), let base = configuration.rates[currency]
    else { throw RampFailure(.invalidRequest, "no such currency here") }
    let rate = max(1, base * (10_000 + disturbance.priceBasisPoints) / 10_000)
    let pricing = RampPricing(
      feeBasisPoints: configuration.feeBasisPoints, feeFixed: configuration.feeFixed)
    let (gross, planck): (Int64, Planck)
    if isFiat {
      gross = try request.integer("minor_amount")
      guard gross > 0, gross < 1 << 40 else {
        throw RampFailure(.invalidRequest, "minor_amount must be positive")
      }
      let net = gross - pricing.fee(on: gross)
      guard net > 0 else { throw RampFailure(.belowMinimum, "the fee eats it all") }
      planck = RampPricing.tokens(net: net, currency, rateNano: rate)
    } else {
      guard try request.text("side") == "tokens" else {
        throw RampFailure(.invalidRequest, "side is fiat or tokens")
      }
      let wanted = try request.planck("planck")
      guard let needed = pricing.gross(for: wanted, currency, rateNano: rate) else {
        throw RampFailure(.aboveMaximum, "too much")
      }
      gross = needed
      // Whole minor units buy a little more: the quote's own arithmetic holds on this side too.
      planck = RampPricing.tokens(net: gross - pricing.fee(on: gross), currency, rateNano: rate)
    }
    guard planck >= configuration.minimum else {
      throw RampFailure(.belowMinimum, "at least \(configuration.minimum)")
    }
    guard planck <= configuration.maximum else {
      throw RampFailure(.aboveMaximum, "at most \(configuration.maximum)")
    }
    let quote = SimulatedQuote(
      id: "q_" + generator.token(length: 20), cluster: cluster, currency: currency, rateNano: rate,
      gross: gross, fee: pricing.fee(on: gross), planck: planck, created: now,
      expires: now.advanced(
        by: disturbance.expiresQuote ? .milliseconds(1) : configuration.quoteLifetime))
    quotes[quote.id] = quote
    return quote.json
  }

  private func knownCluster(_ cluster: ClusterID) throws(RampFailure) -> ClusterID {
    guard configuration.clusters?.contains(cluster) ?? true else {
      throw RampFailure(.clusterUnknown, "no such cluster")
    }
    return cluster
  }

  // MARK: Orders

  /// What it knows of an id: that it has forgotten in the end (docs/ramp-contract).
  private func known(_ id: String, _ now: UnixTime) -> SimulatedOrder? {
    guard let order = orders[id] else { return nil }
    let isKept =
      !order.state.isTerminal || now < order.created.advanced(by: configuration.retention)
    return isKept ? order : lateTombstones[id]
  }

  private mutating func createOrder(
    _ request: RampRequest, now: UnixTime, _ disturbance: RampDisturbance
  ) throws(RampFailure) -> JSON {
    let (id, body) = try request.order()
    if orders[id] != nil, known(id, now) == nil {
      oddities.append("\(id) was ordered when its id was forgotten")
      throw RampFailure(.unavailable, "down", retryAfter: .seconds(5))
    }
    if let order = known(id, now) {
      guard let first = order.body else {
        throw RampFailure(.idempotencyConflict, "\(id) was cancelled before it came")
      }
      guard first == body else {
        throw RampFailure(.idempotencyConflict, "\(id) came before with another body")
      }
      return order.json
    }
    _ = try knownCluster(body.destination.cluster)
    guard isHealthy else { throw RampFailure(.unavailable, "down", retryAfter: .seconds(5)) }
    if disturbance.fate == .reject {
      throw RampFailure(.complianceRejected, "the destination is on a list")
    }
    guard let quote = quotes[body.quote], quote.planck == body.planck,
      quote.cluster == body.destination.cluster, quote.usedBy == nil
    else { throw RampFailure(.quoteMismatch, "the quote is not for this order") }
    guard now < quote.expires else { throw RampFailure(.quoteExpired, "ask for another") }
    guard body.planck <= headroom else {
      throw RampFailure(.insufficientLiquidity, "the wallet is low", retryAfter: .seconds(30))
    }
    watch(id)
    quotes[body.quote]?.usedBy = id
    let order = SimulatedOrder(
      id: id, body: body, created: now, fate: disturbance.fate, state: .accepted,
      change: nextChange(), updated: now, dueAt: now.advanced(by: configuration.submitDelay))
    orders[id] = order
    open.append(id)
    return order.json
  }

  /// Notes an order while another of the same top-up may still deliver, or has (invariant 28).
  private mutating func watch(_ id: String) {
    let topUp = id.split(separator: ":")[0]
    let others = orders.values.filter { $0.id != id && $0.id.hasPrefix("\(topUp):") }
    for other in others.sorted(by: { $0.change < $1.change }) {
      switch other.state {
      case .partial, .cancelled, .expired, .returned: continue
      case .failed where other.fundsMoved == .no: continue
      case .accepted, .submitted, .inBlock, .completed, .onHold, .settling, .failed:
        oddities.append("\(id) was ordered while \(other.id) is \(other.state.rawValue)")
      }
    }
  }

  private mutating func cancel(_ id: String, now: UnixTime) throws(RampFailure) -> JSON {
    guard let order = known(id, now) else {
      guard RampRequest.isOrderID(id) else { throw RampFailure(.invalidRequest, "no order id") }
      guard configuration.leavesTombstones else { throw RampFailure(.notFound, "no order \(id)") }
      return leaveTombstone(id, now: now).json
    }
    switch order.state {
    case .cancelled: return order.json
    case .accepted, .onHold:
      guard configuration.supportsCancel else {
        throw RampFailure(.notCancellable, "this ramp does not cancel")
      }
      change(id, now: now) {
        $0.state = .cancelled
        $0.reason = "cancelled by the client"
      }
      return orders[id]?.json ?? .null
    case .submitted, .inBlock, .completed, .partial, .failed, .expired, .returned, .settling:
      throw RampFailure(.notCancellable, "the order is \(order.state.rawValue)")
    }
  }

  private mutating func leaveTombstone(_ id: String, now: UnixTime) -> SimulatedOrder {
    let tombstone = SimulatedOrder(
      id: id, body: nil, created: now, fate: nil, state: .cancelled, change: nextChange(),
      updated: now, reason: "cancelled before it came")
    if orders[id] == nil { orders[id] = tombstone } else { lateTombstones[id] = tombstone }
    return tombstone
  }

  /// Somebody at the ramp sees to it that an order which has not come yet never does anything.
  ///
  /// - Returns: false when there is an order of that id.
  mutating func block(_ id: String, now: UnixTime) -> Bool {
    guard orders[id] == nil else { return false }
    _ = leaveTombstone(id, now: now)
    return true
  }

  /// Orders by their last change, oldest first, after a cursor.
  private func list(_ query: String, now: UnixTime) throws(RampFailure) -> JSON {
    guard let members = try? FormValue.parse(query),
      Set(members.keys).isSubset(of: ["cursor", "limit"])
    else { throw RampFailure(.invalidRequest, "only cursor and limit") }
    let asked = Parameters(members)
    let after = asked.integer("cursor") ?? 0
    let limit = asked.integer("limit") ?? 100
    guard (1...100).contains(limit), after >= 0,
      !asked.has("cursor") || asked.integer("cursor") != nil
    else { throw RampFailure(.invalidRequest, "no such cursor or limit") }
    let found = orders.keys.compactMap { known($0, now) }.filter { $0.change > after }
      .sorted { $0.change < $1.change }.prefix(Int(limit))
    return [
      "orders": .array(found.map(\.json)), "cursor": .string(String(found.last?.change ?? after)),
    ]
  }

  // MARK: Changes

  /// Changes an order: its version rises, and it leaves the open ones when it is terminal.
  mutating func change(_ id: String, now: UnixTime, _ body: (inout SimulatedOrder) -> Void) {
    guard var order = orders[id] else { return }
    body(&order)
    order.version += 1
    order.updated = now
    order.change = nextChange()
    orders[id] = order
    if order.state.isTerminal { open.removeAll { $0 == id } }
  }

  /// Loses an order.
  ///
  /// - Returns: false when there is none of that id.
  mutating func forget(_ id: String) -> Bool {
    open.removeAll { $0 == id }
    return orders.removeValue(forKey: id) != nil
  }

  /// Claims another delivery than the chain has.
  ///
  /// - Returns: false when there is no order of that id.
  mutating func rewrite(_ id: String, credited: Planck, now: UnixTime) -> Bool {
    change(id, now: now) {
      $0.credited = credited
      if credited > .zero { $0.fundsMoved = .yes }
    }
    return orders[id] != nil
  }

  private mutating func nextChange() -> Int64 {
    changes += 1
    return changes
  }
}
