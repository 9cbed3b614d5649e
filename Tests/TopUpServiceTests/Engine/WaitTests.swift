import TestSupport
import Testing
import TopUpCore

@testable import TopUpService

/// Callers on loops of their own that wait for the engine: whatever happens between their question
/// and their wait, they are told. Their way to the engine is made a turn longer each time.
@Suite struct WaitTests {
  private static let turns = 0..<8

  /// Begins something on the engine from another loop, after so many of its turns.
  private func ask<Value: Sendable>(
    _ harness: EngineHarness, from other: ManualLoop, after turns: Int,
    _ body: @escaping @Sendable (isolated Engine) async -> Value
  ) -> TaskResult<Value> {
    let engine = harness.engine
    return other.start {
      await { (engine: isolated Engine) in
        // Each goes through the queue of the engine's loop.
        for _ in 0..<turns { await withCheckedContinuation { $0.resume() } }
        return await body(engine)
      }(engine)
    }
  }

  /// What goes from one loop to the other and back has come to its end.
  private func rest(_ loop: ManualLoop, _ other: ManualLoop) {
    for _ in 0..<4 {
      loop.turn()
      other.turn()
    }
  }

  @Test(arguments: turns)
  func `who asks whether it may begin just as the first pass ends is told (50)`(turns: Int) throws {
    let (harness, other) = (try EngineHarness(), ManualLoop())
    harness.gate.hold { $0.changes.contains(where: \.isMark) }
    try harness.start()
    let asked = ask(harness, from: other, after: turns) { await $0.whyNotReady() == nil }
    #expect(harness.gate.letGo() == 1)
    rest(harness.loop, other)
    #expect(asked.value == true)
  }

  @Test(arguments: turns)
  func `who stops the engine just as its last work ends sees it stopped (41)`(turns: Int) throws {
    let (harness, other) = (try EngineHarness(), ManualLoop())
    harness.gate.hold { $0.changes.contains(where: \.isMark) }
    try harness.start()
    let stopped = ask(harness, from: other, after: turns) { await $0.stop() }
    #expect(harness.gate.letGo() == 1)
    rest(harness.loop, other)
    #expect(stopped.value != nil)
  }
}

extension Change {
  fileprivate var isMark: Bool {
    if case .noteOutside = self { true } else { false }
  }
}
