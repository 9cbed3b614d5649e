internal import Synchronization

/// What waits to run on a loop: jobs of tasks and pieces of work, from the loop itself and from
/// other threads.
///
/// `@unchecked Sendable`: `jobs` is touched on the loop's own thread only; what comes from elsewhere
/// goes through the inbox.
final class JobQueue: @unchecked Sendable {
  /// Jobs before the loop looks at its descriptors again, so that busy tasks starve none.
  private static let jobsPerTurnMax = 4096

  private struct QueuedJob {
    let job: UnownedJob
    /// Whether it runs isolated to the loop, as an actor's does, or merely on it.
    let isIsolated: Bool
  }

  private struct Inbox {
    var jobs: [QueuedJob] = []
    var work: [@Sendable () -> Void] = []
    var isStopped = false
  }

  private let epoll: Epoll
  private let inbox = Mutex(Inbox())
  private let hasInbox = Atomic<Bool>(false)
  private let thread = Atomic<UInt>(0)
  // Confined to the loop's thread.
  @safe @exclusivity(unchecked) private var jobs: [QueuedJob] = []
  @safe @exclusivity(unchecked) private var firstJob = 0

  init(_ epoll: Epoll) { self.epoll = epoll }

  var isCurrent: Bool { thread.load(ordering: .relaxed) == LoopThread.current }

  /// Makes the calling thread the loop's.
  func adoptThread() { thread.store(LoopThread.current, ordering: .relaxed) }

  /// Whether nothing of the loop's own waits; the inbox wakes it.
  var isEmpty: Bool { firstJob == jobs.count }

  func enqueue(_ job: UnownedJob, isIsolated: Bool) {
    let job = QueuedJob(job: job, isIsolated: isIsolated)
    if isCurrent { jobs.append(job) } else { post { $0.jobs.append(job) } }
  }

  func execute(_ work: @escaping @Sendable () -> Void) { post { $0.work.append(work) } }

  private func post(_ change: (inout Inbox) -> Void) {
    let wake = inbox.withLock { inbox in
      change(&inbox)
      return !inbox.isStopped
    }
    guard wake, !hasInbox.exchange(true, ordering: .acquiringAndReleasing) else { return }
    epoll.wake()
  }

  /// Runs the work that came from elsewhere, and takes its jobs among the loop's own.
  func takeInbox() {
    guard hasInbox.exchange(false, ordering: .acquiringAndReleasing) else { return }
    var taken = Inbox()
    inbox.withLock { inbox in
      swap(&taken.jobs, &inbox.jobs)
      swap(&taken.work, &inbox.work)
    }
    jobs.append(contentsOf: taken.jobs)
    for work in taken.work { work() }
  }

  /// Runs jobs until none is left, or it is time to look at descriptors again.
  ///
  /// - Returns: how many ran.
  func runJobs(
    isolatedTo serial: UnownedSerialExecutor, on tasks: UnownedTaskExecutor
  ) -> Int {
    var left = Self.jobsPerTurnMax
    while firstJob < jobs.count, left > 0 {
      let next = jobs[firstJob]
      firstJob += 1
      left -= 1
      // A job that is not isolated must not seem to be: it would be sent through the queue again
      // at each call of a function that is isolated to nothing.
      if next.isIsolated {
        unsafe next.job.runSynchronously(isolatedTo: serial, taskExecutor: tasks)
      } else {
        unsafe next.job.runSynchronously(on: tasks)
      }
    }
    if firstJob == jobs.count {
      jobs.removeAll(keepingCapacity: true)
      firstJob = 0
    }
    return Self.jobsPerTurnMax - left
  }

  /// After this nobody wakes the thread; what came in until now is still run.
  ///
  /// - Returns: false when there is something in the inbox.
  func close() -> Bool {
    inbox.withLock { inbox in
      guard inbox.jobs.isEmpty, inbox.work.isEmpty else { return false }
      inbox.isStopped = true
      return true
    }
  }
}

/// Where tasks that prefer a loop run: on it, isolated to nothing.
final class LoopTasks: TaskExecutor {
  private let queue: JobQueue

  init(_ queue: JobQueue) { self.queue = queue }

  func enqueue(_ job: consuming ExecutorJob) { queue.enqueue(UnownedJob(job), isIsolated: false) }

  func asUnownedTaskExecutor() -> UnownedTaskExecutor {
    unsafe UnownedTaskExecutor(ordinary: self)
  }
}
