internal import Synchronization

/// How many groups of commits a store's file has, as this process knows it.
///
/// The file counts them itself, in the transaction of each. A group shows from its COMMIT on, a moment
/// before the writer counts it here: a reader that has seen it says so, so that no other looks at what
/// is older.
final class CommitCount: Sendable {
  private let counted: Atomic<UInt64>
  private let seen: Atomic<UInt64>

  /// - Parameter initial: how many the file has now.
  init(_ initial: UInt64 = 0) {
    counted = Atomic(initial)
    seen = Atomic(initial)
  }

  /// How many are durable, and what they touched is forgotten.
  var value: UInt64 { counted.load(ordering: .acquiring) }

  /// How many somebody may have seen: a view of fewer is not shown to anybody any more.
  var newest: UInt64 { seen.load(ordering: .acquiring) }

  /// Called by a reader that begins, before it shows anything.
  func saw(_ group: UInt64) { seen.max(group, ordering: .acquiringAndReleasing) }

  /// Called when a group is durable, before any of it is answered.
  func raise(to group: UInt64) {
    counted.max(group, ordering: .acquiringAndReleasing)
    saw(group)
  }
}
