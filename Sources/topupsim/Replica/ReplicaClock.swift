import TopUpCore

/// A daemon's own clock, which may be wrong (invariant 48).
final class ReplicaClock: WallClock, @unchecked Sendable {
  private let wire: OutsideWire
  /// How far it is ahead of the truth; negative when it is behind.
  var offset: Duration {
    didSet { if !Self.isWrong(oldValue) || !isWrong { changed = wire.now } }
  }
  private var changed: UnixTime

  init(_ wire: OutsideWire, offset: Duration) {
    self.wire = wire
    self.offset = offset
    changed = wire.now
  }

  /// For how long it has been off by more than is reserved with (invariant 7); nil while it is not.
  var wrongFor: Duration? {
    isWrong ? wire.now.since(changed) : nil
  }

  private var isWrong: Bool { Self.isWrong(offset) }

  private static func isWrong(_ offset: Duration) -> Bool {
    offset > .seconds(60) || offset < .seconds(-60)
  }

  var now: UnixTime { wire.now.advanced(by: offset) }
}
