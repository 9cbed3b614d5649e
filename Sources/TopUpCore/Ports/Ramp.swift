/// The external ramp that turns a paid top-up into CERE on chain (`docs/ramp-contract.md`).
package protocol Ramp: Sendable {
  func capabilities() async -> OutsideResult<RampCapabilities>
  func quote(_ request: QuoteRequest) async -> OutsideResult<Quote>
  /// Same id and same body give the same order, always; same id and another body is refused.
  func createOrder(_ request: CreateOrder) async -> OutsideResult<RampOrder>
  /// Works when the create's reply was lost. A first `notFound` proves nothing (invariant 33).
  func order(_ id: ClientOrderID) async -> OutsideResult<RampOrder>
  /// Cancels before submission; for an id the ramp has not seen it leaves a tombstone.
  func cancelOrder(_ id: ClientOrderID) async -> OutsideResult<RampOrder>
  /// Orders changed after a cursor, oldest first, for reconciliation.
  func orders(after cursor: String?, limit: Int) async -> OutsideResult<RampOrderPage>
  func health() async -> OutsideResult<RampHealth>
}

package struct RampCapabilities: Hashable, Sendable {
  package var currencies: [Currency]
  package var minimum: Planck
  package var maximum: Planck
  /// The fee's share of the gross amount, rounded up.
  package var feeBasisPoints: Int64
  /// The fee's fixed part, for each of the currencies.
  package var feeFixedMinorUnits: [Currency: Int64]
  package var quoteLifetime: Duration
  package var supportsCancel: Bool

  package init(
    currencies: [Currency], minimum: Planck, maximum: Planck, feeBasisPoints: Int64,
    feeFixedMinorUnits: [Currency: Int64], quoteLifetime: Duration, supportsCancel: Bool
  ) {
    self.currencies = currencies
    self.minimum = minimum
    self.maximum = maximum
    self.feeBasisPoints = feeBasisPoints
    self.feeFixedMinorUnits = feeFixedMinorUnits
    self.quoteLifetime = quoteLifetime
    self.supportsCancel = supportsCancel
  }
}

package struct QuoteRequest: Hashable, Sendable {
  /// Which side of the exchange is fixed.
  package enum Side: Hashable, Sendable {
    case fiat(Money)
    case tokens(Planck, Currency)
  }

  package var side: Side
  package var cluster: ClusterID

  package init(side: Side, cluster: ClusterID) {
    self.side = side
    self.cluster = cluster
  }
}

/// A price offer, pinned by its id.
package struct Quote: Hashable, Sendable {
  package var id: QuoteID
  /// Nano-units of the currency for one CERE: 0.00125 USD is 1,250,000.
  package var rateNano: Int64
  package var gross: Money
  package var fee: Money
  /// Gross less fee.
  package var net: Money
  package var tokens: Planck
  package var created: UnixTime
  package var expires: UnixTime

  package init(
    id: QuoteID, rateNano: Int64, gross: Money, fee: Money, net: Money, tokens: Planck,
    created: UnixTime, expires: UnixTime
  ) {
    self.id = id
    self.rateNano = rateNano
    self.gross = gross
    self.fee = fee
    self.net = net
    self.tokens = tokens
    self.created = created
    self.expires = expires
  }
}

package struct CreateOrder: Hashable, Sendable {
  package var id: ClientOrderID
  package var quote: QuoteID
  package var destination: DDCAccount
  package var tokens: Planck
  /// The processor's charge that paid for it.
  package var paymentReference: String

  package init(
    id: ClientOrderID, quote: QuoteID, destination: DDCAccount, tokens: Planck,
    paymentReference: String
  ) {
    self.id = id
    self.quote = quote
    self.destination = destination
    self.tokens = tokens
    self.paymentReference = paymentReference
  }
}

/// Where on chain an order's deposit stands.
package struct ChainEvidence: Hashable, Sendable {
  package var extrinsicHash: String
  package var blockHash: String
  package var blockNumber: UInt64
  package var eventIndex: UInt32

  package init(
    extrinsicHash: String, blockHash: String, blockNumber: UInt64, eventIndex: UInt32
  ) {
    self.extrinsicHash = extrinsicHash
    self.blockHash = blockHash
    self.blockNumber = blockNumber
    self.eventIndex = eventIndex
  }
}

/// An order as the ramp showed it at one moment.
package struct RampOrder: Hashable, Sendable {
  package enum State: Hashable, Sendable {
    case accepted
    case submitted
    case inBlock
    case completed
    case onHold
    case partial
    case failed
    case cancelled
    case expired
    case returned
    /// A state this version does not know: non-terminal, waited out, alarmed.
    case unrecognised(String)
  }

  package enum FundsMoved: String, Hashable, Sendable { case no, yes, unknown }

  package var id: ClientOrderID
  package var state: State
  /// Strictly rising; an older snapshot never overwrites a newer one.
  package var version: Int64
  package var ordered: Planck
  package var credited: Planck
  package var evidence: ChainEvidence?
  /// Whether 1 CERE of it went to the owner's wallet (the existential skim).
  package var existentialSkim: Bool
  package var reason: String?
  package var fundsMoved: FundsMoved
  package var updated: UnixTime

  package init(
    id: ClientOrderID, state: State, version: Int64, ordered: Planck, credited: Planck,
    evidence: ChainEvidence?, existentialSkim: Bool, reason: String?, fundsMoved: FundsMoved,
    updated: UnixTime
  ) {
    self.id = id
    self.state = state
    self.version = version
    self.ordered = ordered
    self.credited = credited
    self.evidence = evidence
    self.existentialSkim = existentialSkim
    self.reason = reason
    self.fundsMoved = fundsMoved
    self.updated = updated
  }
}

package struct RampOrderPage: Hashable, Sendable {
  package var orders: [RampOrder]
  package var cursor: String?
  /// How many were left out: somebody else's, that cannot be read here.
  package var skipped: Int

  package init(orders: [RampOrder], cursor: String?, skipped: Int = 0) {
    self.orders = orders
    self.cursor = cursor
    self.skipped = skipped
  }
}

package struct RampHealth: Hashable, Sendable {
  package var isHealthy: Bool
  /// What the hot wallet can still deliver.
  package var headroom: Planck

  package init(isHealthy: Bool, headroom: Planck) {
    self.isHealthy = isHealthy
    self.headroom = headroom
  }
}
