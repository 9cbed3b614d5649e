import ProtobufRuntime
import Testing

@Suite struct MessageArenaTests {
  /// Runs a body with an arena over a first chunk of 64 bytes.
  private func withArena(budget: Int, _ body: (inout MessageArena) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { chunk in
      var arena = MessageArena(firstChunk: chunk, budget: budget)
      body(&arena)
    }
  }

  @Test func `what is given out is aligned and does not overlap`() {
    withArena(budget: 1 << 20) { arena in
      var ends: UInt = 0
      for size in [1, 7, 8, 9, 16] {
        let start = UInt(bitPattern: arena.allocate(bytes: size))
        #expect(start % 8 == 0)
        #expect(start >= ends)
        ends = start + UInt(size)
      }
    }
  }

  @Test func `the first chunk costs no budget`() {
    withArena(budget: 0) { arena in
      #expect(arena.allocate(bytes: 64) != nil)
      #expect(arena.isExhausted == false)
      #expect(arena.allocate(bytes: 1) == nil)
      #expect(arena.isExhausted == true)
    }
  }

  @Test func `the sum of what is given out never passes the budget`() {
    withArena(budget: 10_000) { arena in
      var given = 0
      while arena.allocate(bytes: 100) != nil { given += 100 }
      #expect(given <= 10_000 + 64)
      #expect(given >= 9_000)
      #expect(arena.isExhausted == true)
    }
  }

  @Test func `a request larger than the budget is refused at once`() {
    withArena(budget: 10_000) { arena in
      #expect(arena.allocate(bytes: 10_001) == nil)
      #expect(arena.allocate(bytes: .max) == nil)
      #expect(arena.isExhausted == true)
    }
  }

  @Test func `a request larger than a chunk gets one of its own`() {
    withArena(budget: .max) { arena in
      let large = arena.allocate(UInt8.self, count: 100_000)
      large.initialize(repeating: 7, count: 100_000)
      let small = arena.allocate(UInt64.self)
      small.initialize(to: 9)
      #expect(large[99_999] == 7)
      #expect(small.pointee == 9)
    }
  }
}
