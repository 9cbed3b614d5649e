import Testing

@testable import RPCTransport

/// A loop looks for its next event before it sleeps only for one caller that sends call after call.
@Suite struct LingeringTests {
  private func after(_ turns: Int, events: Int = 1, jobs: Int = 1, micros: Int64 = 70) -> Lingering
  {
    var lingering = Lingering()
    for _ in 0..<turns {
      lingering.turned(events: events, jobs: jobs, waitedNanoseconds: micros * 1_000)
    }
    return lingering
  }

  @Test func `eight quick calls in a row make it worthwhile`() {
    #expect(!after(7).isWorthwhile)
    #expect(after(8).isWorthwhile)
    #expect(after(1_000).isWorthwhile)
  }

  @Test func `the first look in vain ends it`() {
    var lingering = after(1_000)
    lingering.lingeredInVain()
    #expect(!lingering.isWorthwhile)
    lingering.turned(events: 1, jobs: 1, waitedNanoseconds: 70_000)
    #expect(!lingering.isWorthwhile)
  }

  @Test(arguments: [(2, 1, 70), (1, 3, 70), (1, 1, 101), (0, 0, 70)] as [(Int, Int, Int64)])
  func `several events, several calls or a long wait are no such caller`(
    _ turn: (Int, Int, Int64)
  ) {
    #expect(!after(100, events: turn.0, jobs: turn.1, micros: turn.2).isWorthwhile)
    var lingering = after(100)
    lingering.turned(events: turn.0, jobs: turn.1, waitedNanoseconds: turn.2 * 1_000)
    #expect(!lingering.isWorthwhile)
  }
}
