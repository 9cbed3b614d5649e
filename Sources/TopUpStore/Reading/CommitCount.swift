internal import Synchronization

/// How many groups this process committed to a store: a reader whose view was begun at the same
/// count sees all that has been answered.
final class CommitCount: Sendable {
  private let groups = Atomic<UInt64>(0)

  var value: UInt64 { groups.load(ordering: .acquiring) }

  /// Called when a group is durable, before any of it is answered.
  func raise() { groups.add(1, ordering: .acquiringAndReleasing) }
}
