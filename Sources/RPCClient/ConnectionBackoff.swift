/// How long to wait between attempts to connect.
///
/// - Source: gRPC connection-backoff.
package struct ConnectionBackoff: Sendable, Hashable {
  /// The first wait.
  static let first = Duration.seconds(1)
  /// No wait is longer, jitter aside.
  static let longest = Duration.seconds(120)
  /// What the next wait is multiplied by, in tenths.
  private static let growthTenths = 16
  /// Jitter either way, in thousandths: callers that lost one server do not return as one.
  private static let jitterThousandths = 200

  private var base = Self.first

  package init() {}

  /// The span from the start of an attempt that failed to the start of the next one.
  package mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
    let jitter = Int.random(in: -Self.jitterThousandths...Self.jitterThousandths, using: &random)
    let span = base * (1000 + jitter) / 1000
    base = min(base * Self.growthTenths / 10, Self.longest)
    return span
  }

  /// An attempt succeeded: the next failure starts over.
  package mutating func reset() { base = Self.first }
}
