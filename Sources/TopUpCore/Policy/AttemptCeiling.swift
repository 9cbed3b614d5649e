/// How often one card, by its fingerprint and over all accounts, is tried in 30 days: the networks
/// fine whoever tries more (invariant 19).
package struct AttemptCeiling: Sendable, Hashable {
  package static let span = Duration.seconds(30 * 86_400)
  /// Below the networks' own 15.
  package static let highest = 14

  /// At least 1.
  package let most: Int

  package init(_ most: Int = highest) { self.most = min(max(most, 1), Self.highest) }

  /// - Parameter newest: the times of the card's attempts, the newest first, at least ``most`` of
  ///   them if there are so many.
  /// - Returns: until when the card is not tried again; nil when it may be.
  package func restsUntil(_ newest: [UnixTime], at now: UnixTime) -> UnixTime? {
    guard newest.count >= most else { return nil }
    let free = newest[most - 1].advanced(by: Self.span)
    return free > now ? free : nil
  }

  /// Whether an attempt that is recorded may reach the network: those recorded before it count, so
  /// that of many that begin at once no more go through than may.
  ///
  /// - Parameter newest: as above, as far as the attempt itself, which is among them.
  package func allows(attemptAt started: UnixTime, among newest: [UnixTime]) -> Bool {
    newest.count { $0 > started.advanced(by: .zero - Self.span) && $0 <= started } <= most
  }
}
