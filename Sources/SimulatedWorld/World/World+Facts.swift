internal import StrictJSON
package import TopUpCore

/// A payment as the processor knows it, for checks that hold the service against the truth.
package struct PaymentFact: Sendable, Hashable {
  package enum Standing: Sendable, Hashable {
    /// May still be confirmed or cancelled.
    case open
    case processing
    case succeeded
    case canceled
  }

  package let intent: String
  /// What its metadata names; nil for a payment of nobody we know.
  package let topUp: String?
  package let standing: Standing
  package let amount: Int64
  package let captured: Int64
  /// Given back by refunds that have not failed.
  package let refunded: Int64
  package let refundCount: Int
  package let created: UnixTime
}

/// An order as the ramp knows it.
package struct OrderFact: Sendable, Hashable {
  /// `<top-up>:<n>`.
  package let id: String
  package let destination: DDCAccount?
  package let ordered: Planck
  /// What stands on chain for it in a finalized block; zero before.
  package let delivered: Planck
  /// Whether it can still move tokens.
  package let isOpen: Bool
  package let fate: OrderFate?
}

extension World {
  /// Every payment, oldest first.
  package var payments: [PaymentFact] {
    var refunds: [String: (sum: Int64, count: Int)] = [:]
    for refund in stripe.refunds.newestFirst where refund.status != .failed {
      refunds[refund.intent, default: (0, 0)].sum += refund.amount
      refunds[refund.intent, default: (0, 0)].count += 1
    }
    return stripe.intents.newestFirst.reversed().map { intent in
      let standing: PaymentFact.Standing =
        switch intent.status {
        case .succeeded: .succeeded
        case .canceled: .canceled
        case .processing: .processing
        case .requiresPaymentMethod, .requiresConfirmation, .requiresAction, .requiresCapture: .open
        }
      return PaymentFact(
        intent: intent.id, topUp: intent.metadata["topup_id"], standing: standing,
        amount: intent.amount, captured: intent.amountReceived,
        refunded: refunds[intent.id]?.sum ?? 0, refundCount: refunds[intent.id]?.count ?? 0,
        created: intent.created)
    }
  }

  /// Every order and tombstone, by id.
  package var orders: [OrderFact] {
    ramp.orders.values.sorted { $0.id < $1.id }.map { order in
      let inclusion = order.extrinsic.flatMap { chain.inclusion(of: $0) }
      let isFinal =
        inclusion.map { $0.failure == nil && chain.isFinalized($0.blockNumber) } ?? false
      return OrderFact(
        id: order.id, destination: order.body?.destination, ordered: order.ordered,
        delivered: isFinal ? inclusion?.credited ?? .zero : .zero,
        isOpen: !order.state.isTerminal || (order.extrinsic != nil && inclusion == nil),
        fate: order.fate)
    }
  }

  /// Ids of payments that wait for their cardholder.
  package var awaitingPerson: [String] {
    stripe.intents.newestFirst.filter { intent in
      intent.status == .requiresAction
        || intent.lastError?["code"]?.string == "authentication_required"
          && intent.status == .requiresPaymentMethod
    }.map(\.id)
  }
}

extension World {
  /// Orders that an operator of the ramp holds, by id.
  package var heldOrders: [String] {
    ramp.orders.values.filter { $0.state == .onHold }.map(\.id).sorted()
  }
}
