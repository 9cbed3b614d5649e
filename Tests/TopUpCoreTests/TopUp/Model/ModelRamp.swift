import TopUpCore

/// A ramp of a few states, with tombstones, for the orders of one top-up.
struct ModelRamp: Hashable {
  enum Status: Hashable {
    case accepted, submitted, failed, failedUnsure, cancelled
    /// Delivered by the ramp's word.
    case completed
    /// Delivered in a block that our own node has as final; the ramp says no more than before.
    case finalized
  }

  struct Order: Hashable {
    var status: Status
    var version: Int64
    /// Whether it was sent at all, or only cancelled before it came.
    var isTombstone = false
  }

  private(set) var orders: [Int: Order] = [:]

  var delivered: Int { orders.values.count { $0.status == .completed || $0.status == .finalized } }
  var isFinalized: Bool { orders.values.contains { $0.status == .finalized } }

  /// Whether an order can never deliver any more.
  func isDead(_ number: Int) -> Bool {
    orders[number].map { $0.status == .failed || $0.status == .cancelled } ?? false
  }

  static func number(_ id: ClientOrderID) -> Int {
    Int(id.rawValue.split(separator: ":").last ?? "") ?? 0
  }

  mutating func create(_ request: CreateOrder) -> TopUpEvent {
    let number = Self.number(request.id)
    if let order = orders[number] {
      return order.isTombstone
        ? .refused(Sample.refusal(.idempotencyConflict)) : .orderSeen(snapshot(number, order))
    }
    orders[number] = Order(status: .accepted, version: 1)
    return ask(request.id)
  }

  mutating func cancel(_ id: ClientOrderID) -> TopUpEvent {
    let number = Self.number(id)
    switch orders[number]?.status {
    case nil: orders[number] = Order(status: .cancelled, version: 1, isTombstone: true)
    case .accepted: settle(number, .cancelled)
    case .cancelled: break
    case .submitted, .completed, .finalized, .failed, .failedUnsure:
      return .refused(Sample.refusal(.unexpectedState))
    }
    return ask(id)
  }

  func ask(_ id: ClientOrderID) -> TopUpEvent {
    let number = Self.number(id)
    guard let order = orders[number] else { return .orderNotFound }
    return .orderSeen(snapshot(number, order))
  }

  mutating func settle(_ number: Int, _ status: Status) {
    guard var order = orders[number] else { return }
    order.status = status
    if status != .finalized { order.version += 1 }
    orders[number] = order
  }

  private func snapshot(_ number: Int, _ order: Order) -> RampOrder {
    func seen(_ state: RampOrder.State, moved: RampOrder.FundsMoved? = nil) -> RampOrder {
      Sample.order(
        state, number: number, version: order.version,
        ordered: order.isTombstone ? .zero : Sample.tokens, moved: moved)
    }
    switch order.status {
    case .accepted: return seen(.accepted)
    case .submitted: return seen(.submitted)
    case .completed, .finalized: return seen(.completed)
    case .failed: return seen(.failed)
    case .failedUnsure: return seen(.failed, moved: .unknown)
    case .cancelled: return seen(.cancelled)
    }
  }
}
