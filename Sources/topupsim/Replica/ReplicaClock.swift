import TopUpCore

/// A daemon's own clock, which may be wrong (invariant 48).
final class ReplicaClock: WallClock, @unchecked Sendable {
  private let wire: OutsideWire
  /// How far it is ahead of the truth; negative when it is behind.
  var offset: Duration

  init(_ wire: OutsideWire, offset: Duration) {
    self.wire = wire
    self.offset = offset
  }

  var now: UnixTime { wire.now.advanced(by: offset) }
}
