package import TopUpCore

/// How a simulated ramp is set up.
package struct RampConfiguration: Sendable {
  package var key = "ramp_key_sandbox"
  /// Nano-units of a currency for one CERE.
  package var rates: [Currency: Int64] = [
    .usd: 1_250_000, .eur: 1_150_000, .gbp: 1_000_000, .chf: 1_100_000,
  ]
  package var feeBasisPoints: Int64 = 150
  /// In minor units, the same for each currency.
  package var feeFixed: Int64 = 100
  /// A first deposit loses 1 CERE to the owner's wallet and must leave another.
  package var minimum = Planck(2 * Planck.cere.units)
  package var maximum = Planck(10_000_000 * Planck.cere.units)
  package var quoteLifetime = Duration.seconds(60)
  package var supportsCancel = true
  /// Whether a cancel of an id that was never seen keeps it from being used (docs/ramp-contract).
  package var leavesTombstones = true
  /// How long it keeps the ids of orders that have ended.
  package var retention = Duration.seconds(90 * 86_400)
  /// What the hot wallet holds.
  package var treasury = Planck(100_000_000 * Planck.cere.units)
  /// From acceptance to the hand-over to the chain; till then an order can be cancelled.
  package var submitDelay = Duration.seconds(1)
  /// How long an odd state lasts before the order goes on.
  package var holdDelay = Duration.seconds(10)
  /// The clusters it knows; nil for any.
  package var clusters: Set<ClusterID>?
  package var seed: UInt64 = 5

  package init() {}
}

/// What a fault script does to one call of the ramp.
package struct RampDisturbance: Sendable, Hashable {
  package var fate: OrderFate?
  /// Added to a quote's rate.
  package var priceBasisPoints: Int64 = 0
  package var expiresQuote = false

  package static let none = RampDisturbance()

  package init() {}
}
