/// The class of one decline, and when a new top-up may try again.
package struct DeclineVerdict: Hashable, Sendable {
  package let declineClass: DeclineClass
  /// Whether this version knows the code that decided; one it does not know counts as soft.
  package let isRecognised: Bool

  package init(declineClass: DeclineClass, isRecognised: Bool) {
    self.declineClass = declineClass
    self.isRecognised = isRecognised
  }

  /// How long an episode waits after its first, second and third decline (invariant 18).
  package static let retryDelays: [Duration] = [.seconds(3600), .seconds(21_600), .seconds(86_400)]

  /// How long until a new top-up may start in the same episode.
  ///
  /// A code that nobody knows yet gets one further attempt: it may mean "never".
  /// - Parameter declines: how many the episode has had, this one included; from 1.
  /// - Returns: nil when the breaker opens instead, or when time alone decides nothing: a person
  ///   authenticates, an outage is waited out by its own rules.
  package func retryDelay(afterDeclines declines: Int) -> Duration? {
    precondition(declines >= 1, "this decline is one of them")
    switch declineClass {
    case .hard, .cardData, .cardCannot, .fraud, .authentication, .processorFault:
      return nil
    case .soft, .opaque:
      let attemptsMax = isRecognised ? Self.retryDelays.count : 1
      return declines <= attemptsMax ? Self.retryDelays[declines - 1] : nil
    case .rateLimited:
      // The processor counts by the day; sooner is refused again.
      return declines <= Self.retryDelays.count ? .seconds(86_400) : nil
    }
  }
}
