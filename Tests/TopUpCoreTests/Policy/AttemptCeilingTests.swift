import Testing
import TopUpCore

@Suite struct AttemptCeilingTests {
  private let now = Situation.now
  private let day = Duration.seconds(86_400)

  /// So many days ago, the newest first.
  private func attempts(_ daysAgo: Int...) -> [UnixTime] {
    daysAgo.map { now.advanced(by: .zero - day * $0) }
  }

  @Test func `the ceiling stays below the networks' fifteen, whatever is set (19)`() {
    #expect(AttemptCeiling().most == 14)
    #expect(AttemptCeiling(15).most == 14)
    #expect(AttemptCeiling(0).most == 1)
  }

  @Test func `a card rests until the oldest of those that count is 30 days old (19, 51)`() {
    let ceiling = AttemptCeiling(3)
    #expect(ceiling.restsUntil(attempts(1, 2), at: now) == nil)
    #expect(ceiling.restsUntil(attempts(1, 2, 29), at: now) == now.advanced(by: day))
    #expect(ceiling.restsUntil(attempts(1, 2, 30), at: now) == nil)
    // More than may be, from before the ceiling was lowered.
    #expect(ceiling.restsUntil(attempts(1, 2, 5, 6, 7), at: now) == now.advanced(by: day * 25))
  }

  @Test func `of attempts recorded at once no more go through than may (19)`() {
    let ceiling = AttemptCeiling(3)
    let times = (0..<5).map { now.advanced(by: .milliseconds($0)) }
    func isAllowed(_ started: UnixTime, _ all: [UnixTime]) -> Bool {
      let newest = all.filter { $0 <= started }.sorted(by: >).prefix(ceiling.most + 1)
      return ceiling.allows(attemptAt: started, among: Array(newest))
    }
    #expect(times.map { isAllowed($0, times) } == [true, true, true, false, false])
    // At the same moment nobody came first: rather none than one too many.
    let same = Array(repeating: now, count: 4)
    #expect(!isAllowed(now, same))
    let old = attempts(30, 30, 30)
    #expect(isAllowed(now, old + [now]))
  }
}
