package import RPCCore

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

  package let number: Int
  private let epoll: Epoll
  private let queue: JobQueue
  private let loopTasks: LoopTasks
  package var tasks: any TaskExecutor { loopTasks }

  // Confined to the loop's thread, and no access is open while other code runs.
  @safe @exclusivity(unchecked) private var timers = TimerHeap()
  private var handlers: [Int32: any DescriptorHandler] = [:]
  @safe @exclusivity(unchecked) private var dirty: [any Flushable] = []
  @safe @exclusivity(unchecked) private var isStopping = false
  @safe @exclusivity(unchecked) private var lingering = Lingering()
  private var scratch = ByteBuffer()
  private let readBuffer: UnsafeMutableRawBufferPointer
  @safe @exclusivity(unchecked) package private(set) var now: MonotonicInstant

  /// Starts the loop's thread.
  ///
  /// - Parameters:
  ///   - name: at most 15 bytes, for tools that list threads.
  ///   - number: the place among loops that serve together.
  package init(name: String, number: Int = 0) throws(SystemError) {
    self.number = number
    epoll = try Epoll()
    queue = JobQueue(epoll)
    loopTasks = LoopTasks(queue)
    unsafe readBuffer = .allocate(byteCount: Self.readBytes, alignment: 64)
    now = MonotonicInstant(nanoseconds: System.monotonicNanoseconds())
    try LoopThread.start(name: name) { self.run() }
  }

  deinit {
    unsafe readBuffer.deallocate()
  }

  package var isCurrent: Bool { queue.isCurrent }

  package func assertCurrent() {
    precondition(isCurrent, "state of a loop was touched from another thread")
  }

  /// Ends the thread once the work that is queued has run; connections are closed by their owners.
  package func stop() {
    execute { [self] in isStopping = true }
  }

  // MARK: Executor

  package func enqueue(_ job: consuming ExecutorJob) {
    queue.enqueue(UnownedJob(job), isIsolated: true)
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    unsafe UnownedSerialExecutor(ordinary: self)
  }

  package func checkIsolated() { assertCurrent() }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }

  package func execute(_ work: @escaping @Sendable () -> Void) { queue.execute(work) }

  // MARK: Timers and flushing

  package func schedule(_ timer: LoopTimer, at moment: MonotonicInstant) {
    timers.insert(timer, at: moment)
  }

  package func cancel(_ timer: LoopTimer) { timers.remove(timer) }

  package func flushLater(_ flushable: any Flushable) { dirty.append(flushable) }

  // MARK: Descriptors

  /// Watches a descriptor; the handler is kept until ``unregister(_:)``, and not where this throws.
  func register(
    _ descriptor: Int32, reading: Bool, writing: Bool, _ handler: any DescriptorHandler
  ) throws(SystemError) {
    try epoll.watch(descriptor, isNew: true, reading: reading, writing: writing)
    handlers[descriptor] = handler
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
    queue.adoptThread()
    let serial = unsafe asUnownedSerialExecutor()
    let tasks = unsafe loopTasks.asUnownedTaskExecutor()
    while true {
      let began = now
      let events = wait()
      queue.takeInbox()
      while let timer = timers.popDue(now) { timer.action() }
      let jobs = unsafe queue.runJobs(isolatedTo: serial, on: tasks)
      flush()
      lingering.turned(
        events: events, jobs: jobs, waitedNanoseconds: now.nanoseconds - began.nanoseconds)
      if isStopping, queue.isEmpty, dirty.isEmpty, isAtEnd() { return }
    }
  }

  /// Waits for the next events, and has them dealt with.
  ///
  /// - Returns: how many came.
  private func wait() -> Int {
    let span = waitMilliseconds()
    if span != 0, lingering.isWorthwhile {
      let end = System.monotonicNanoseconds() + Lingering.spanNanoseconds
      repeat {
        let events = poll(milliseconds: 0)
        if events > 0 { return events }
      } while now.nanoseconds < end
      lingering.lingeredInVain()
    }
    return poll(milliseconds: span)
  }

  /// - Returns: how many events came, and were dealt with.
  private func poll(milliseconds: Int32) -> Int {
    var isAwake = false
    let count = epoll.wait(milliseconds: milliseconds) { event in
      if !isAwake { now = MonotonicInstant(nanoseconds: System.monotonicNanoseconds()) }
      isAwake = true
      if event.isWritable { handlers[event.descriptor]?.writable() }
      if event.isReadable { handlers[event.descriptor]?.readable() }
    }
    if !isAwake { now = MonotonicInstant(nanoseconds: System.monotonicNanoseconds()) }
    return count
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
    if !queue.isEmpty || isStopping { return 0 }
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
    return queue.close()
  }
}
