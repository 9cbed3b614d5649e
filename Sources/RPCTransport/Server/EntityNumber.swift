internal import Synchronization

/// Numbers for what channelz shows: unique within the process and never used again (gRFC A14).
package enum EntityNumber {
  private static let last = Atomic<Int64>(0)

  package static func next() -> Int64 { last.add(1, ordering: .relaxed).newValue }
}
