package import TopUpCore

/// How a whole simulated world is set up.
package struct WorldConfiguration: Sendable {
  package var stripe = StripeConfiguration()
  package var ramp = RampConfiguration()
  package var chain: ChainConfiguration
  package var webhooks = WebhookConfiguration()

  /// - Parameter started: when the chain's first block is made.
  package init(started: UnixTime) { chain = ChainConfiguration(started: started) }

  /// Gives every model a seed of its own, all from one.
  package mutating func seed(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    stripe.seed = generator.next()
    ramp.seed = generator.next()
    chain.seed = generator.next()
    webhooks.seed = generator.next()
  }
}
