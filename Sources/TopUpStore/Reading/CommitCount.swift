internal import Synchronization

/// How many groups this process committed to a store: a reader whose view was begun at the same
/// count sees all that has been answered.
final class CommitCount: Sendable {
  private let groups = Atomic<UInt64>(0)
  private let begun = Atomic<UInt64>(0)

  var value: UInt64 { groups.load(ordering: .acquiring) }

  /// Called before a group's COMMIT: from then on the file may show more than is counted.
  func begin() { begun.add(1, ordering: .acquiringAndReleasing) }

  /// Whether the file shows what a view of this count does, and nothing newer.
  func isNewest(_ count: UInt64) -> Bool { begun.load(ordering: .acquiring) == count }

  /// Called when a group is durable, before any of it is answered.
  func raise() { groups.add(1, ordering: .acquiringAndReleasing) }
}
