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
  /// What of it the service asked for itself.
  package let ownRefunded: Int64
  /// What of that was asked for under a key that another stands under.
  package let repeated: Int64
  /// What of that came back after all.
  package let bounced: Int64
  /// What stands withdrawn by disputes.
  package let disputed: Int64
  /// What others ever took of it, by disputes and at the dashboard, whether or not it came back.
  package let everTaken: Int64
  /// Whether a bank ever disputed it, or asked about it.
  package let wasDisputed: Bool
  /// When it last changed what is given back or taken of it; nil while nothing was.
  package let reversalMoved: UnixTime?
  package let created: UnixTime
  /// Its last charge; nil before the first.
  package let charge: ChargeFact?

  /// Whether anybody ever took something of it, or wanted to, or a refund of it came back.
  package var wasContested: Bool { wasDisputed || everTaken > 0 || bounced > 0 }
}

/// A charge as the processor assessed it.
package struct ChargeFact: Sendable, Hashable {
  package let created: UnixTime
  package let customer: String?
  package let fingerprint: String
  /// Such as `elevated`.
  package let risk: String
}

/// An order as the ramp knows it.
package struct OrderFact: Sendable, Hashable {
  /// `<top-up>:<n>`.
  package let id: String
  package let destination: DDCAccount?
  package let ordered: Planck
  /// What its quote takes for that, in minor units.
  package let gross: Int64
  /// What of that is the fee.
  package let fee: Int64
  /// What stands on chain for it in a finalized block; zero before.
  package let delivered: Planck
  /// Whether it can still move tokens.
  package let isOpen: Bool
  package let fate: OrderFate?
  package let created: UnixTime
}

extension World {
  /// Every payment, oldest first.
  package var payments: [PaymentFact] {
    var refunds: [String: (sum: Int64, own: Int64)] = [:]
    for refund in stripe.refunds.newestFirst where refund.status.takes {
      refunds[refund.intent, default: (0, 0)].sum += refund.amount
      let isOwn = refund.metadata["refund_key"] != nil
      refunds[refund.intent, default: (0, 0)].own += isOwn ? refund.amount : 0
    }
    var keys: Set<String> = []
    var repeated: [String: Int64] = [:]
    for refund in stripe.refunds.newestFirst where refund.status.takes {
      guard let key = refund.metadata["refund_key"], !keys.insert(key).inserted else { continue }
      repeated[refund.intent, default: 0] += refund.amount
    }
    var bounced: [String: Int64] = [:]
    for refund in stripe.refunds.newestFirst
    where !refund.status.takes && refund.metadata["refund_key"] != nil {
      bounced[refund.intent, default: 0] += refund.amount
    }
    var disputed: [String: Int64] = [:]
    for dispute in stripe.disputes.newestFirst {
      disputed[dispute.intent, default: 0] -= dispute.transactions.reduce(0) { $0 + $1.amount }
    }
    let contested = Set(stripe.disputes.newestFirst.map(\.intent))
    var everTaken: [String: Int64] = [:]
    for dispute in stripe.disputes.newestFirst {
      everTaken[dispute.intent, default: 0] -= dispute.transactions.reduce(0) {
        $0 + min(0, $1.amount)
      }
    }
    for refund in stripe.refunds.newestFirst where refund.metadata["refund_key"] == nil {
      everTaken[refund.intent, default: 0] += refund.amount
    }
    var moved: [String: UnixTime] = [:]
    // Most worlds have none, and this is asked after each of their moments.
    let hasReversals =
      !refunds.isEmpty || !bounced.isEmpty || !contested.isEmpty || !everTaken.isEmpty
    if hasReversals {
      for event in stripe.events.newestFirst where event.tellsOfReversal {
        guard let intent = event.snapshot["payment_intent"]?.string else { continue }
        moved[intent] = max(moved[intent] ?? event.created, event.created)
      }
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
        refunded: refunds[intent.id]?.sum ?? 0, ownRefunded: refunds[intent.id]?.own ?? 0,
        repeated: repeated[intent.id] ?? 0, bounced: bounced[intent.id] ?? 0,
        disputed: disputed[intent.id] ?? 0, everTaken: everTaken[intent.id] ?? 0,
        wasDisputed: contested.contains(intent.id), reversalMoved: moved[intent.id],
        created: intent.created,
        charge: intent.latestCharge.flatMap { stripe.charges[$0] }.map { charge in
          ChargeFact(
            created: charge.created, customer: charge.customer,
            fingerprint: charge.paymentMethod.card.fingerprint,
            risk: charge.assessedRisk ?? charge.paymentMethod.card.riskLevel)
        })
    }
  }

  /// Every order and tombstone, by id.
  package var orders: [OrderFact] {
    ramp.orders.values.sorted { $0.id < $1.id }.map { order in
      let inclusion = order.extrinsic.flatMap { chain.inclusion(of: $0) }
      let isFinal =
        inclusion.map { $0.failure == nil && chain.isFinalized($0.blockNumber) } ?? false
      let quote = order.body.flatMap { ramp.quotes[$0.quote] }
      return OrderFact(
        id: order.id, destination: order.body?.destination, ordered: order.ordered,
        gross: quote?.gross ?? 0, fee: quote?.fee ?? 0,
        delivered: isFinal ? inclusion?.credited ?? .zero : .zero,
        isOpen: !order.state.isTerminal || (order.extrinsic != nil && inclusion == nil),
        fate: order.fate, created: order.created)
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

extension World {
  /// All events of the processor, the newest first.
  package var events: [String] { stripe.events.newestFirst.map(\.id) }

  /// Refunds that are on their way to the bank.
  package var pendingRefunds: [String] {
    stripe.refunds.newestFirst.filter { $0.status == .pending }.map(\.id)
  }

  /// Customers at the processor, the newest first.
  package var customers: [String] {
    stripe.customers.newestFirst.filter { !$0.isDeleted }.map(\.id)
  }

  /// The customer whom an intent charges, and when it was made.
  package func customer(of intent: String) -> (id: String?, made: UnixTime)? {
    stripe.intents[intent].map { ($0.customer, $0.created) }
  }

  /// The store whose name a customer bears.
  package func store(of customer: String) -> String? {
    stripe.customers[customer]?.metadata["topup_store"]
  }

  /// Disputes that are still to be decided.
  package var openDisputes: [String] {
    stripe.disputes.newestFirst.filter { !$0.status.isClosed }.map(\.id)
  }
}

extension StripeEvent {
  fileprivate var tellsOfReversal: Bool {
    type.hasPrefix("charge.dispute.") || type.hasPrefix("refund.") || type == "charge.refunded"
  }
}

extension StripeRefund.Status {
  /// Whether it gives something back, or is going to.
  fileprivate var takes: Bool { self == .succeeded || self == .pending }
}
