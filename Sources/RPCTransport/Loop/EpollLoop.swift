package import RPCCore
internal import Synchronization

/// What a descriptor on the loop is told.
protocol DescriptorHandler: AnyObject {
  /// The descriptor can be read, or its peer is gone.
  func readable()
  /// The descriptor can be written.
  func writable()
  /// The loop ends, and nothing will be told any more: the descriptor is to be closed.
  func loopEnds()
}

/// One thread that waits on epoll, runs the jobs of its tasks, and flushes what they produced.
///
/// Per wake-up: events, timers, jobs until none is left, then one flush of each connection that has
/// output. Nothing here takes a lock but the inbox that other threads use.
///
/// `@unchecked Sendable`: all state but the inbox is touched on the loop's own thread only, which
/// ``isCurrent`` checks.
@safe package final class EpollLoop: EventLoop, @unchecked Sendable {
  /// What one read takes in: a few dozen small messages, or one frame of the largest size.
  static let readBytes = 65_536
  /// Jobs before the loop looks at its descriptors again, so that busy tasks starve none.
  private static let jobsPerTurnMax = 4096

  private struct Inbox {
    var jobs: [UnownedJob] = []
    var work: [@Sendable () -> Void] = []
    var isStopped = false
  }

  private let epoll: Epoll
  private let inbox = Mutex(Inbox())
  private let thread = Atomic<UInt>(0)
  private let hasInbox = Atomic<Bool>(false)

  // Confined to the loop's thread.
  private var jobs: [UnownedJob] = []
  private var firstJob = 0
  private var timers = TimerHeap()
  private var handlers: [Int32: any DescriptorHandler] = [:]
  private var dirty: [any Flushable] = []
  private var isStopping = false
  private var scratch = ByteBuffer()
  private let readBuffer: UnsafeMutableRawBufferPointer
  package private(set) var now: MonotonicInstant

  /// Starts the loop's thread.
  ///
  /// - Parameter name: at most 15 bytes, for tools that list threads.
  package init(name: String) throws(SystemError) {
    epoll = try Epoll()
    unsafe readBuffer = .allocate(byteCount: Self.readBytes, alignment: 64)
    now = MonotonicInstant(nanoseconds: System.monotonicNanoseconds())
    try LoopThread.start(name: name) { self.run() }
  }

  deinit {
    unsafe readBuffer.deallocate()
  }

  package var isCurrent: Bool { thread.load(ordering: .relaxed) == LoopThread.current }

  package func assertCurrent() {
    precondition(isCurrent, "state of a loop was touched from another thread")
  }

  /// Ends the thread once the work that is queued has run; connections are closed by their owners.
  package func stop() {
    execute { [self] in isStopping = true }
  }

  // MARK: Executor

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      jobs.append(job)
    } else {
      post { $0.jobs.append(job) }
    }
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    unsafe UnownedSerialExecutor(ordinary: self)
  }

  package func asUnownedTaskExecutor() -> UnownedTaskExecutor {
    unsafe UnownedTaskExecutor(ordinary: self)
  }

  package func checkIsolated() { assertCurrent() }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }

  package func execute(_ work: @escaping @Sendable () -> Void) { post { $0.work.append(work) } }

  private func post(_ change: (inout Inbox) -> Void) {
    let wake = inbox.withLock { inbox in
      change(&inbox)
      return !inbox.isStopped
    }
    guard wake, !hasInbox.exchange(true, ordering: .acquiringAndReleasing) else { return }
    epoll.wake()
  }

  // MARK: Timers and flushing

  package func schedule(_ timer: LoopTimer, at moment: MonotonicInstant) {
    timers.insert(timer, at: moment)
  }

  package func cancel(_ timer: LoopTimer) { timers.remove(timer) }

  package func flushLater(_ flushable: any Flushable) { dirty.append(flushable) }

  // MARK: Descriptors

  /// Watches a descriptor; the handler is kept until ``unregister(_:)``.
  func register(
    _ descriptor: Int32, reading: Bool, writing: Bool, _ handler: any DescriptorHandler
  ) throws(SystemError) {
    handlers[descriptor] = handler
    try epoll.watch(descriptor, isNew: true, reading: reading, writing: writing)
  }

  func watch(_ descriptor: Int32, reading: Bool, writing: Bool) throws(SystemError) {
    try epoll.watch(descriptor, isNew: false, reading: reading, writing: writing)
  }

  func unregister(_ descriptor: Int32) {
    handlers[descriptor] = nil
    epoll.forget(descriptor)
  }

  /// Lends the loop's one read buffer, which saves a buffer for each connection.
  func withReadBuffer<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    unsafe body(readBuffer)
  }

  /// Lends the loop's one output buffer, empty; it is to be left empty.
  func withScratch<Result>(_ body: (inout ByteBuffer) -> Result) -> Result {
    defer { precondition(scratch.isEmpty, "output was left in the loop's buffer") }
    return body(&scratch)
  }

  // MARK: Turning

  private func run() {
    thread.store(LoopThread.current, ordering: .relaxed)
    while true {
      var isAwake = false
      epoll.wait(milliseconds: waitMilliseconds()) { event in
        if !isAwake { now = MonotonicInstant(nanoseconds: System.monotonicNanoseconds()) }
        isAwake = true
        if event.isWritable { handlers[event.descriptor]?.writable() }
        if event.isReadable { handlers[event.descriptor]?.readable() }
      }
      if !isAwake { now = MonotonicInstant(nanoseconds: System.monotonicNanoseconds()) }
      takeInbox()
      while let timer = timers.popDue(now) { timer.action() }
      runJobs()
      flush()
      if isStopping, firstJob == jobs.count, dirty.isEmpty, isAtEnd() { return }
    }
  }

  private func takeInbox() {
    guard hasInbox.exchange(false, ordering: .acquiringAndReleasing) else { return }
    var taken = Inbox()
    inbox.withLock { inbox in
      swap(&taken.jobs, &inbox.jobs)
      swap(&taken.work, &inbox.work)
    }
    jobs.append(contentsOf: taken.jobs)
    for work in taken.work { work() }
  }

  private func runJobs() {
    let serial = unsafe asUnownedSerialExecutor()
    let task = unsafe asUnownedTaskExecutor()
    var left = Self.jobsPerTurnMax
    while firstJob < jobs.count, left > 0 {
      let job = jobs[firstJob]
      firstJob += 1
      left -= 1
      unsafe job.runSynchronously(isolatedTo: serial, taskExecutor: task)
    }
    if firstJob == jobs.count {
      jobs.removeAll(keepingCapacity: true)
      firstJob = 0
    }
  }

  private func flush() {
    var index = 0
    while index < dirty.count {
      dirty[index].flush()
      index += 1
    }
    dirty.removeAll(keepingCapacity: true)
  }

  /// - Returns: -1 to wait for ever, 0 not to wait.
  private func waitMilliseconds() -> Int32 {
    if firstJob < jobs.count || isStopping { return 0 }
    guard let earliest = timers.earliest else { return -1 }
    let left = earliest.nanoseconds - System.monotonicNanoseconds()
    if left <= 0 { return 0 }
    return Int32(clamping: (left + 999_999) / 1_000_000)
  }

  /// - Returns: whether the thread may end. What is still open is closed first, and what follows
  ///   from that is done.
  private func isAtEnd() -> Bool {
    guard handlers.isEmpty else {
      for handler in Array(handlers.values) { handler.loopEnds() }
      return false
    }
    return closeInbox()
  }

  /// After this nobody wakes the thread; what came in until now is still run.
  private func closeInbox() -> Bool {
    inbox.withLock { inbox in
      guard inbox.jobs.isEmpty, inbox.work.isEmpty else { return false }
      inbox.isStopped = true
      return true
    }
  }
}
