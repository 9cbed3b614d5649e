internal import RPCCore

/// What one loop keeps of ended calls for the next ones: their objects with their buffers, and the
/// tasks in which handlers ran. Making those anew costs more than most calls do.
///
/// Confined to its loop, shared by the loop's connections, so that an idle connection holds nothing.
package final class CallPool: @unchecked Sendable {
  /// What a burst made beyond this goes when it is over.
  private static let idleMax = 512

  @safe @exclusivity(unchecked) private var tasks: [HandlerTask] = []
  @safe @exclusivity(unchecked) private var streams: [ServerStream] = []

  let sessionMemory = SessionMemory()

  package init() {}

  deinit {
    for task in tasks { task.retire() }
  }

  /// Starts a call's work in a task of its own.
  func run(
    _ work: @escaping @Sendable () async -> Void, for stream: ServerStream
  ) -> HandlerTask {
    let task = tasks.popLast() ?? HandlerTask()
    task.begin(work, for: stream)
    return task
  }

  /// - Returns: whether the task is to wait here for another call.
  func takeBack(_ task: HandlerTask) -> Bool {
    guard tasks.count < Self.idleMax else { return false }
    tasks.append(task)
    return true
  }

  func stream(for connection: ServerConnection) -> ServerStream {
    guard let stream = streams.popLast() else { return ServerStream(connection) }
    stream.startOver(on: connection)
    return stream
  }

  /// Keeps an ended call's object, if nobody else has it.
  ///
  /// - Parameter stream: one of a server's connection.
  func takeBack(_ stream: inout HTTP2Stream) {
    guard streams.count < Self.idleMax, isKnownUniquelyReferenced(&stream) else { return }
    stream.letGo()
    streams.append(unsafe unsafeDowncast(stream, to: ServerStream.self))
  }
}

/// One task that serves calls, one after another; a call that ends early cancels it, and then it
/// ends with its handler. Confined to its loop.
@safe final class HandlerTask: @unchecked Sendable {
  @safe @exclusivity(unchecked) private var work: (@Sendable () async -> Void)?
  /// The call that is being served.
  @safe @exclusivity(unchecked) private var stream: ServerStream?
  @safe @exclusivity(unchecked) private var waiter: UnsafeContinuation<Void, Never>?
  private var task: Task<Void, Never>?
  private var isCancelled = false
  private var isRetired = false

  func begin(_ work: @escaping @Sendable () async -> Void, for stream: ServerStream) {
    self.work = work
    self.stream = stream
    guard task == nil else { return wake() }
    task = Task.immediate(executorPreference: stream.loop.tasks) { [self] in
      while await serve() { await waitForWork() }
      task = nil
    }
    // The handler may have ended the call, and cancelled this, before it was first suspended.
    if isCancelled { task?.cancel() }
  }

  /// Serves one call; apart, so that nothing of the call outlives it.
  ///
  /// - Returns: whether to wait for another.
  private func serve() async -> Bool {
    guard let work = takeWork() else { return false }
    await work()
    return handlerEnded()
  }

  private func waitForWork() async {
    await unsafe withUnsafeContinuation { waiter in
      // The operation may have been put behind other work of the loop, which must not be missed.
      if work != nil || isRetired { unsafe waiter.resume() } else { unsafe self.waiter = waiter }
    }
  }

  private func takeWork() -> (@Sendable () async -> Void)? {
    defer { work = nil }
    return work
  }

  /// - Returns: whether to wait for another call.
  private func handlerEnded() -> Bool {
    guard let stream else { return false }
    self.stream = nil
    let pool = stream.handlerEnded()
    return !isCancelled && pool.takeBack(self)
  }

  /// Ends a task that waits.
  func retire() {
    isRetired = true
    wake()
  }

  private func wake() {
    if let waiter {
      self.waiter = nil
      unsafe waiter.resume()
    }
  }

  /// Cancels the handler that is at work.
  func cancel() {
    isCancelled = true
    task?.cancel()
  }
}
