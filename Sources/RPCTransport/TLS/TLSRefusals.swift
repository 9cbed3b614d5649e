package import RPCCore
internal import Synchronization

/// Connections that ended in TLS: each counted by its reason, and one now and then reported, so
/// that who connects again and again does not fill the log. Shared by a server's loops.
package final class TLSRefusals: Sendable {
  /// How long a reason is only counted once it was reported.
  package static let reportInterval = Duration.seconds(60)

  /// What is worth a line.
  package struct Report: Sendable, Hashable {
    package let failure: TLSFailure
    /// Where the peer connected from.
    package let peer: String
    /// Refusals for the same reason since the last report that got none.
    package let unreportedCount: UInt64

    package init(failure: TLSFailure, peer: String, unreportedCount: UInt64) {
      self.failure = failure
      self.peer = peer
      self.unreportedCount = unreportedCount
    }
  }

  private struct Tally {
    var count: UInt64 = 0
    var unreportedCount: UInt64 = 0
    var quietUntil: MonotonicInstant?
  }

  private let tallies = Mutex<[TLSRefusal: Tally]>([:])
  private let report: @Sendable (Report) -> Void

  /// - Parameter report: called on the loop of the connection: it may not block.
  package init(report: @escaping @Sendable (Report) -> Void = { _ in }) { self.report = report }

  /// - Parameter now: of any one monotonic clock.
  package func note(_ failure: TLSFailure, peer: String, now: MonotonicInstant) {
    let due: Report? = tallies.withLock { tallies in
      var tally = tallies[failure.reason] ?? Tally()
      defer { tallies[failure.reason] = tally }
      tally.count &+= 1
      if let quietUntil = tally.quietUntil, now < quietUntil {
        tally.unreportedCount &+= 1
        return nil
      }
      tally.quietUntil = now.advanced(by: Self.reportInterval)
      defer { tally.unreportedCount = 0 }
      return Report(failure: failure, peer: peer, unreportedCount: tally.unreportedCount)
    }
    if let due { report(due) }
  }

  /// How often, by every reason, those that never came included.
  package var all: [TLSRefusal: UInt64] {
    tallies.withLock { tallies in
      Dictionary(
        uniqueKeysWithValues: TLSRefusal.allCases.map { ($0, tallies[$0]?.count ?? 0) })
    }
  }
}
