import SimulatedWorld
import Synchronization
import TestSupport
import Testing
import TopUpCore

@testable import TopUpService

/// The limiter on a loop: who waits is let go, or told that it was not sent.
@Suite struct OutboundLimiterTests {
  private let loop = ManualLoop()

  private func limiter(_ change: (inout OutboundLimits) -> Void = { _ in }) -> OutboundLimiter {
    var limits = OutboundLimits()
    limits.endpointPerSecond = 5
    change(&limits)
    return OutboundLimiter(limits, on: loop)
  }

  /// Asks so often, at once, and gathers the answers as they come.
  private func ask(_ limiter: OutboundLimiter, times: Int) -> Answers {
    let answers = Answers()
    for _ in 0..<times {
      Task(executorPreference: loop.tasks) {
        let hasTurn = await limiter.pass(.confirmIntent, for: "a")
        answers.all.withLock { $0.append(hasTurn) }
      }
    }
    loop.advance(by: .zero)
    return answers
  }

  private final class Answers: Sendable {
    let all = Mutex<[Bool]>([])
    var count: Int { all.withLock { $0.count } }
  }

  @Test func `calls leave one after another, at their rate`() {
    let answers = ask(limiter(), times: 11)
    #expect(answers.count == 1)
    loop.advance(by: .seconds(1))
    #expect(answers.count == 6)
    loop.advance(by: .seconds(1))
    #expect(answers.all.withLock { $0 } == Array(repeating: true, count: 11))
  }

  @Test func `a caller of another loop whose turn comes before it waits is let go`() {
    let (limiter, other) = (limiter(), ManualLoop())
    _ = ask(limiter, times: 1)
    // Between its question and its wait time goes on, and the queue is looked at.
    Task(executorPreference: loop.tasks) { [loop] in
      await { (limiter: isolated OutboundLimiter) in
        loop.skip(by: .seconds(1))
        for _ in 0..<2 { _ = await limiter.pass(.listEvents, for: "b") }
      }(limiter)
    }
    let waits = other.start { await limiter.pass(.confirmIntent, for: "a") }
    for _ in 0..<4 {
      loop.turn()
      other.turn()
    }
    #expect(waits.value == true)
  }

  @Test func `one that does not get its turn in time is told so, and counted`() {
    let limiter = limiter { $0.waitMax = .seconds(1) }
    let answers = ask(limiter, times: 11)
    loop.advance(by: .seconds(2))
    #expect(answers.all.withLock { $0.count { $0 } } == 6)
    #expect(answers.count == 11)
    let counts = limiter.snapshot.first { $0.endpoint == .confirmIntent }?.counts
    #expect(counts?.notSent == 5 && counts?.waiting == 0)
  }
}
