package import RPCCore
internal import Synchronization

/// How often connections were closed, and why, for metrics. Shared by a server's loops.
package final class ProtectionCounters: Sendable {
  private let counts = Mutex<[FloodGuard.Flood: UInt64]>([:])

  package init() {}

  func count(_ flood: FloodGuard.Flood) {
    counts.withLock { $0[flood, default: 0] += 1 }
  }

  /// Every kind, those that never happened included.
  package var all: [FloodGuard.Flood: UInt64] {
    counts.withLock { counts in
      Dictionary(uniqueKeysWithValues: FloodGuard.Flood.allCases.map { ($0, counts[$0] ?? 0) })
    }
  }
}
