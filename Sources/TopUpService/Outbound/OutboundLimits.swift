/// How many calls the processor takes (facts/stripe §4: 100 in a second, 25 of them to one endpoint).
package struct OutboundLimits: Sendable, Hashable {
  /// Calls in a second, 1 to 10,000.
  package var perSecond = 100
  /// Calls in a second to one endpoint, 1 to 10,000.
  package var endpointPerSecond = 25
  /// Calls that may wait for their turn.
  package var waitingMax = 10_000
  /// Calls of one tenant that may wait at one endpoint.
  package var waitingPerTenantMax = 1_000
  /// How long a call waits; after that it is not sent, and made again later.
  package var waitMax = Duration.seconds(20)

  package init() {}
}
