internal import Glibc
package import RPCCore
package import RPCTransport
internal import Synchronization

/// An event loop without a thread or a clock: whoever holds it says when work runs and how late
/// it is.
///
/// A turn does what a turn of the real loop does, in its order: what came from outside, due
/// timers, jobs until none is left, one flush of each connection that has output. Turns follow
/// one another until nothing is left to do, so that after each verb the world is at rest.
///
/// `@unchecked Sendable`: all state but the inbox is touched only by the thread that is inside a
/// verb, and ``isCurrent`` tells which one that is. One test drives one loop.
package final class ManualLoop: EventLoop, @unchecked Sendable {
  private struct QueuedJob {
    let job: UnownedJob
    let isIsolated: Bool
  }

  private struct Content {
    var jobs: [QueuedJob] = []
    var work: [@Sendable () -> Void] = []
  }

  /// What waits; apart from the loop, so that its task executor can hold it too.
  private final class Inbox: Sendable {
    let content = Mutex(Content())

    func add(_ job: UnownedJob, isIsolated: Bool) {
      content.withLock { $0.jobs.append(QueuedJob(job: job, isIsolated: isIsolated)) }
    }
  }

  /// Where tasks run that are isolated to nothing.
  private final class Tasks: TaskExecutor {
    private let inbox: Inbox

    init(_ inbox: Inbox) { self.inbox = inbox }

    func enqueue(_ job: consuming ExecutorJob) { inbox.add(UnownedJob(job), isIsolated: false) }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }
  }

  private let inbox = Inbox()
  private let manualTasks: Tasks
  /// The thread inside a verb; 0 when there is none.
  private let driver = Atomic<UInt>(0)
  private var timers = TimerHeap()
  private var dirty: [any Flushable] = []
  package let number = 0
  package private(set) var now: MonotonicInstant

  /// - Parameter now: where its time starts; an hour in, so that a test can also look back.
  package init(now: MonotonicInstant = MonotonicInstant(nanoseconds: 3_600_000_000_000)) {
    self.now = now
    manualTasks = Tasks(inbox)
  }

  // MARK: Verbs of a test

  /// Does something as though on the loop, then everything that follows from it.
  @discardableResult
  package func run<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure)
    -> Value
  {
    guard !isCurrent else { return try body() }
    enter()
    defer { driver.store(0, ordering: .releasing) }
    let value: Value
    do throws(Failure) { value = try body() } catch {
      settle()
      throw error
    }
    settle()
    return value
  }

  /// Does what waits, without moving time.
  package func turn() { run {} }

  /// Moves time on, stopping at each timer that falls due on the way: its action sees the moment
  /// it was armed for.
  package func advance(by span: Duration) {
    precondition(span >= .zero, "time of a loop never goes back")
    let end = now.advanced(by: span)
    turn()
    while let next = timers.earliest, next <= end {
      now = max(now, next)
      turn()
    }
    now = end
  }

  /// Moves time on and leaves what falls due to the next turn: a loop that was kept from turning.
  package func skip(by span: Duration) {
    precondition(span >= .zero, "time of a loop never goes back")
    now = now.advanced(by: span)
  }

  /// The moment of the timer that is due next; nil when none is armed.
  package var nextTimer: MonotonicInstant? { timers.earliest }

  // MARK: EventLoop

  package var isCurrent: Bool { driver.load(ordering: .acquiring) == Self.thread }

  package func execute(_ work: @escaping @Sendable () -> Void) {
    inbox.content.withLock { $0.work.append(work) }
  }

  package func schedule(_ timer: LoopTimer, at moment: MonotonicInstant) {
    timers.insert(timer, at: moment)
  }

  package func cancel(_ timer: LoopTimer) { timers.remove(timer) }

  package func flushLater(_ flushable: any Flushable) { dirty.append(flushable) }

  // MARK: Executor

  package var tasks: any TaskExecutor { manualTasks }

  package func enqueue(_ job: consuming ExecutorJob) {
    inbox.add(UnownedJob(job), isIsolated: true)
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  package func checkIsolated() {
    precondition(isCurrent, "state of a loop was touched outside of its verbs")
  }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }

  // MARK: Turning

  private static var thread: UInt { UInt(pthread_self()) }

  private func enter() {
    let (isFree, _) = driver.compareExchange(
      expected: 0, desired: Self.thread, ordering: .acquiringAndReleasing)
    precondition(isFree, "two threads drive one manual loop")
  }

  /// Turns until nothing is left. A task that never rests would keep this going for ever; the
  /// bound makes that a failure instead.
  private func settle() {
    for _ in 0..<100_000 {
      let taken = inbox.content.withLock { content in
        defer { content = Content() }
        return content
      }
      let isTimerDue = timers.earliest.map { $0 <= now } ?? false
      if taken.jobs.isEmpty, taken.work.isEmpty, !isTimerDue, dirty.isEmpty { return }
      for work in taken.work { work() }
      while let timer = timers.popDue(now) { timer.action() }
      for queued in taken.jobs { run(queued) }
      let flushing = dirty
      dirty.removeAll()
      for flushable in flushing { flushable.flush() }
    }
    preconditionFailure("a manual loop does not come to rest")
  }

  private func run(_ queued: QueuedJob) {
    let tasks = manualTasks.asUnownedTaskExecutor()
    if queued.isIsolated {
      queued.job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: tasks)
    } else {
      queued.job.runSynchronously(on: tasks)
    }
  }
}
