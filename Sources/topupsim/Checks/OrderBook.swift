import Gateways
import SimulatedWorld
import StrictJSON
import TopUpCore

/// What was sent to the ramp under each order's id, and what had been asked before (invariants 28,
/// 29, 32, 33).
struct OrderBook {
  private struct Sent {
    let body: [UInt8]
    /// When it left first.
    let at: UnixTime
    /// Whether the last send may have been applied, and nobody has asked since.
    var isInDoubt = true
  }

  private var sent: [String: Sent] = [:]
  /// The intents whose last answer was how they stand, with when, and what others had taken back by
  /// then.
  private var readings: [PaymentIntentID: (at: UnixTime, taken: Int64)] = [:]

  /// A reading of the charge is this old at most when its order goes out: one call's time, and the
  /// commit between them.
  private static let readingMax = Duration.seconds(120)

  /// Half of the ramp's retention, and a clock that is a day behind.
  private static let resentMax = Timings.resendMax + .seconds(2 * 86_400)

  // MARK: Before a call leaves

  func topUp(of request: HTTPRequest) -> TopUpID? {
    (try? JSON(parsing: request.body))?["client_order_id"]?.string.map { id in
      TopUpID(String(id.prefix { $0 != ":" }))
    }
  }

  mutating func orders(
    _ request: HTTPRequest, _ topUp: TopUp?, _ world: World, now: UnixTime
  ) -> [Violation] {
    guard let json = try? JSON(parsing: request.body), let id = json["client_order_id"]?.string
    else { return [Violation("28", "an order without an id of ours")] }
    var faults: [Violation] = []
    if let known = sent[id] {
      if known.body != request.body {
        faults.append(Violation("28", "\(id) was sent before with another body"))
      }
      if now.since(known.at) > Self.resentMax {
        faults.append(Violation("29", "\(id) is sent again, and was first sent at \(known.at)"))
      }
      if known.isInDoubt {
        faults.append(Violation("29", "\(id) is sent again, and nobody asked what became of it"))
      }
    } else {
      faults += early(id, world)
    }
    sent[id] = Sent(body: request.body, at: sent[id]?.at ?? now)
    if let intent = topUp?.succeededIntent {
      let reading = readings[intent]
      if reading.map({ now.since($0.at) > Self.readingMax }) ?? true {
        faults.append(Violation("32", "\(id) is sent, and its charge was not read again"))
      }
      if let taken = reading?.taken, taken > 0 {
        faults.append(
          Violation("32", "\(id) is sent, and \(taken) of its charge were seen taken back"))
      }
    }
    return faults
  }

  /// Order n + 1 follows only when n is known to move nothing more (invariant 28).
  private func early(_ id: String, _ world: World) -> [Violation] {
    let parts = id.split(separator: ":")
    guard parts.count == 2, let number = Int(parts[1]), number > 1 else { return [] }
    let before = "\(parts[0]):\(number - 1)"
    guard sent[before] != nil else { return [] }
    let fact = world.orders.first { $0.id == before }
    guard let fact else { return [Violation("28", "\(id) is sent while \(before) may yet arrive")] }
    guard !fact.isOpen, fact.delivered == .zero || fact.fate == .partial else {
      return [Violation("28", "\(id) is sent and \(before) is open or has delivered")]
    }
    return []
  }

  /// The card is given back only when none of the orders moves anything any more (invariant 33).
  func refunds(_ topUp: TopUp, _ world: World) -> [Violation] {
    // What came back after another top-up had paid the debt for it is the customer's beside that.
    if topUp.books.absorbed > 0,
      world.payments.contains(where: { $0.topUp == topUp.id.rawValue && $0.wasContested })
    {
      return []
    }
    let facts = world.orders.filter { $0.id.hasPrefix(topUp.id.rawValue + ":") }
    for id in sent.keys where id.hasPrefix(topUp.id.rawValue + ":") {
      guard let fact = facts.first(where: { $0.id == id }) else {
        return [Violation("33", "\(topUp.id) is refunded while \(id) may yet arrive")]
      }
      if fact.isOpen || (fact.delivered > .zero && fact.fate != .partial) {
        return [Violation("33", "\(topUp.id) is refunded while \(id) is open or has delivered")]
      }
    }
    return []
  }

  /// An older copy of the store is in its place. What was sent since, and the ramp does not have, it
  /// cannot know of, and nobody outside can tell it (invariant 50): the ramp's id alone holds then.
  mutating func restored(_ world: World) {
    let known = Set(world.orders.map(\.id))
    sent = sent.filter { known.contains($0.key) }
  }

  // MARK: After a call

  mutating func ended(_ request: HTTPRequest, _ path: [Substring], _ outcome: HTTPOutcome) {
    guard path.count >= 2, path[1] == "orders" else { return }
    if request.method == .post, path.count == 2 {
      guard let id = (try? JSON(parsing: request.body))?["client_order_id"]?.string else { return }
      if isRefusal(outcome) { sent[id]?.isInDoubt = false }
    } else if path.count >= 3, case .response(let response) = outcome,
      response.status == 200 || response.status == 404
    {
      sent[String(path[2]).replacing("%3A", with: ":")]?.isInDoubt = false
    }
  }

  /// Whether the ramp surely did nothing.
  private func isRefusal(_ outcome: HTTPOutcome) -> Bool {
    switch outcome {
    case .notSent: true
    case .response(let response):
      // docs/ramp-contract.md: without the tokens for it nothing is kept of an order.
      (400..<500).contains(response.status)
        || String(decoding: response.body, as: UTF8.self).contains("INSUFFICIENT_LIQUIDITY")
    case .unknown: false
    }
  }

  /// - Parameter payments: as they stand.
  mutating func wasRead(
    _ intent: PaymentIntentID, _ outcome: HTTPOutcome, _ payments: () -> [PaymentFact],
    now: UnixTime
  ) {
    guard case .response(let response) = outcome, response.status == 200 else { return }
    let charge = (try? JSON(parsing: response.body))?["latest_charge"]
    let refunded = charge?["amount_refunded"]?.int64 ?? 0
    // One that was won, or only asked about, has taken nothing.
    let isDisputed = charge?["disputed"]?.bool == true
    let fact = isDisputed ? payments().first { $0.intent == intent.rawValue } : nil
    let disputed = fact?.disputed ?? 0
    readings[intent] = (now, refunded + disputed)
  }
}
