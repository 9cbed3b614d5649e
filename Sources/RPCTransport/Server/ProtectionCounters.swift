package import RPCCore
internal import Synchronization

/// How often connections were closed, and why, and what of calls was left out, for metrics. Shared
/// by a server's loops.
package final class ProtectionCounters: Sendable {
  private let counts = Mutex<[FloodGuard.Flood: UInt64]>([:])
  private let droppedMetadata = Atomic<UInt64>(0)

  package init() {}

  package func count(_ flood: FloodGuard.Flood) {
    counts.withLock { $0[flood, default: 0] += 1 }
  }

  /// Every kind, those that never happened included.
  package var all: [FloodGuard.Flood: UInt64] {
    counts.withLock { counts in
      Dictionary(uniqueKeysWithValues: FloodGuard.Flood.allCases.map { ($0, counts[$0] ?? 0) })
    }
  }

  func countDropped(metadata count: Int) {
    droppedMetadata.add(UInt64(count), ordering: .relaxed)
  }

  /// Values of metadata that were not shown to a handler, for they were no printable ASCII.
  package var droppedMetadataCount: UInt64 { droppedMetadata.load(ordering: .relaxed) }
}
