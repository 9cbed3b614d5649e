import Testing
import TopUpCore

/// How long an event that cannot be applied is tried (invariant 35).
@Suite struct InboxPatienceTests {
  private static let now = UnixTime(seconds: 1_795_000_000)

  private func pause(_ tries: Int, _ patience: InboxPatience = InboxPatience()) -> Duration? {
    patience.next(afterTries: tries, at: Self.now).map { $0.since(Self.now) }
  }

  @Test func `pauses double up to ten minutes, and end after about a day (35)`() {
    #expect((1...6).map { pause($0) } == [30, 60, 120, 240, 480, 600].map { .seconds($0) })
    #expect(pause(149) == .seconds(600))
    #expect(pause(150) == nil && pause(151) == nil)
    let whole = (1..<150).compactMap { pause($0) }.reduce(.zero, +)
    #expect(whole > .seconds(86_000) && whole < .seconds(90_000))
  }

  @Test func `one try is one try`() {
    var patience = InboxPatience()
    patience.triesMax = 1
    #expect(pause(1, patience) == nil)
  }
}
