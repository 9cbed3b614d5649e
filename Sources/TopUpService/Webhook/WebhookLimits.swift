/// Bounds of a listener in time and room (facts/operations §3).
package struct WebhookLimits: Hashable, Sendable {
  /// From the connection's start to the end of the head.
  package var headTimeout = Duration.seconds(5)
  /// From the end of the head to the end of the body.
  package var bodyTimeout = Duration.seconds(10)
  /// What a body must reach on average, looked at every second once ``bodyGrace`` is over.
  package var bodyBytesPerSecondMin = 1024
  /// Room for one lost packet and its repeat before a slow body is told from a delayed one.
  package var bodyGrace = Duration.seconds(2)
  /// For a decision. The sender waits some time, and so does a person who tries it out.
  package var answerTimeout = Duration.seconds(10)
  /// How long a peer that was refused early may go on sending, so that the answer reaches it.
  package var lingerTimeout = Duration.seconds(1)
  /// What is read and dropped meanwhile; a peer that sends more is cut off.
  package var lingerBytesMax = 1_048_576
  package var connectionsMax = 64
  /// Bytes of requests that all connections and undecided deliveries hold together.
  package var bufferedBytesMax = 1_048_576
  /// Requests that are decided in a second, and at once after a pause.
  package var requestsPerSecond = 50

  package init() {}
}
