import Testing
import TopUpCore

@Suite struct SequenceTrackerTests {
  @Test func `a sequence is taken in once, and in order (11)`() {
    var tracker = SequenceTracker(durable: 3)
    #expect(tracker.take(3) == .duplicate)
    #expect(tracker.take(4) == .next)
    #expect(tracker.take(4) == .duplicate)
    #expect(tracker.last == 4)
  }

  @Test func `a gap is asked for once, and again when another opens`() {
    var tracker = SequenceTracker(durable: 0)
    #expect(tracker.take(2) == .gap(wanted: 1))
    #expect(tracker.take(3) == .waiting)
    #expect(tracker.take(1) == .next)
    #expect(tracker.take(5) == .gap(wanted: 2))
    #expect(tracker.last == 1)
  }

  @Test func `a skip joins on to what was taken in, or changes nothing`() {
    var tracker = SequenceTracker(durable: 5)
    let refused: [(UInt64, UInt64)] = [(0, 9), (7, 9), (6, 5)]
    for (from, through) in refused { #expect(tracker.skip(from: from, through: through) == false) }
    #expect(tracker.last == 5)
    #expect(tracker.skip(from: 2, through: 4) == true)
    #expect(tracker.last == 5)
    #expect(tracker.skip(from: 6, through: 9) == true)
    #expect(tracker.take(10) == .next)
  }

  @Test func `a skip closes the gap that was asked for`() {
    var tracker = SequenceTracker(durable: 0)
    #expect(tracker.take(4) == .gap(wanted: 1))
    #expect(tracker.skip(from: 1, through: 3) == true)
    #expect(tracker.take(4) == .next)
  }

  @Test func `no number of a source's is one too many`() {
    var tracker = SequenceTracker(durable: 0)
    #expect(tracker.skip(from: 1, through: .max) == false)
    #expect(tracker.take(.max) == .gap(wanted: 1))
    #expect(tracker.skip(from: 1, through: SequenceTracker.highest) == true)
    for _ in 0..<2 {
      #expect(tracker.take(SequenceTracker.highest + 1) != .next)
      #expect(tracker.take(.max) != .next)
      #expect(tracker.skip(from: SequenceTracker.highest + 1, through: .max) == false)
    }
    #expect(tracker.last == SequenceTracker.highest)
    // As it may stand in a store from before there was a bound.
    var old = SequenceTracker(durable: .max)
    #expect(old.take(.max) != .next)
    #expect(old.skip(from: .max, through: .max) == false)
  }
}
