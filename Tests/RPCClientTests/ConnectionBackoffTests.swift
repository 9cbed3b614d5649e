import RPCClient
import TestSupport
import Testing

@Suite struct ConnectionBackoffTests {
  @Test func `waits grow from one second by 1.6 to two minutes, a fifth more or less`() {
    for seed: UInt64 in 0..<50 {
      var random = SeededGenerator(seed: seed)
      var backoff = ConnectionBackoff()
      var base = 1.0
      for _ in 0..<20 {
        let wait = backoff.next(using: &random)
        #expect(wait >= .seconds(base * 0.7999) && wait <= .seconds(base * 1.2001))
        base = min(base * 1.6, 120)
      }
    }
  }

  @Test func `waits of different callers differ`() {
    var waits: Set<Duration> = []
    for seed: UInt64 in 0..<50 {
      var random = SeededGenerator(seed: seed)
      var backoff = ConnectionBackoff()
      waits.insert(backoff.next(using: &random))
    }
    #expect(waits.count > 25)
  }

  @Test func `a success starts over`() {
    var random = SeededGenerator(seed: 1)
    var backoff = ConnectionBackoff()
    for _ in 0..<10 { _ = backoff.next(using: &random) }
    backoff.reset()
    #expect(backoff.next(using: &random) <= .seconds(1.2))
  }
}
