import RPCCore
import RPCTransport
import TestSupport
import Testing

@Suite struct ManualLoopTests {
  let loop = ManualLoop()

  /// Confined to the test's loop.
  final class Trace: @unchecked Sendable {
    var lines: [String] = []
    var waiting: CheckedContinuation<Void, Never>?
  }

  final class Counter: Flushable {
    var flushes = 0
    func flush() { flushes += 1 }
  }

  @Test func `a timer fires at its own moment, the earlier one first`() {
    let trace = Trace()
    let start = loop.now
    let late = LoopTimer { trace.lines.append("late \(loop.now.since(start))") }
    let early = LoopTimer { trace.lines.append("early \(loop.now.since(start))") }
    loop.run {
      loop.schedule(late, at: start.advanced(by: .seconds(3)))
      loop.schedule(early, at: start.advanced(by: .seconds(1)))
    }
    loop.advance(by: .milliseconds(999))
    #expect(trace.lines.isEmpty)
    loop.advance(by: .seconds(10))
    #expect(trace.lines == ["early 1.0 seconds", "late 3.0 seconds"])
    #expect(loop.now.since(start) == .milliseconds(10_999))
  }

  @Test func `a timer that was disarmed does not fire, one armed in a timer does`() {
    let trace = Trace()
    let disarmed = LoopTimer { trace.lines.append("disarmed") }
    let second = LoopTimer { trace.lines.append("second") }
    let first = LoopTimer {
      trace.lines.append("first")
      loop.cancel(disarmed)
      loop.schedule(second, at: loop.now.advanced(by: .seconds(1)))
    }
    loop.run {
      loop.schedule(first, at: loop.now.advanced(by: .seconds(1)))
      loop.schedule(disarmed, at: loop.now.advanced(by: .seconds(2)))
    }
    loop.advance(by: .seconds(2))
    #expect(trace.lines == ["first", "second"])
    #expect(loop.nextTimer == nil)
  }

  @Test func `a task on the loop starts inline and resumes only in a turn`() {
    let trace = Trace()
    loop.run {
      Task.immediate(executorPreference: loop.tasks) {
        trace.lines.append("started \(loop.isCurrent)")
        await withCheckedContinuation { trace.waiting = $0 }
        trace.lines.append("resumed \(loop.isCurrent)")
      }
      trace.lines.append("behind it")
    }
    #expect(trace.lines == ["started true", "behind it"])
    trace.waiting?.resume()
    #expect(trace.lines.count == 2)
    loop.turn()
    #expect(trace.lines == ["started true", "behind it", "resumed true"])
  }

  @Test func `work of other threads waits for a turn`() async {
    let trace = Trace()
    let loop = loop
    await Task.detached { loop.execute { trace.lines.append("ran \(loop.isCurrent)") } }.value
    #expect(trace.lines.isEmpty)
    loop.turn()
    #expect(trace.lines == ["ran true"])
    #expect(!loop.isCurrent)
  }

  @Test func `each connection with output is flushed once, when the jobs have run`() {
    let counter = Counter()
    loop.run {
      loop.flushLater(counter)
      #expect(counter.flushes == 0)
    }
    #expect(counter.flushes == 1)
    loop.turn()
    #expect(counter.flushes == 1)
  }
}
