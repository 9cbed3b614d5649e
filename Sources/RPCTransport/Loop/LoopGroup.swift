/// The loops of a process: connections are spread over them by the kernel.
package final class LoopGroup: Sendable {
  package let loops: [EpollLoop]

  /// - Parameter count: threads; more than the machine has cores gains nothing.
  package init(count: Int) throws(SystemError) {
    var loops: [EpollLoop] = []
    for index in 0..<max(count, 1) {
      loops.append(try EpollLoop(name: "loop-\(index)", number: index))
    }
    self.loops = loops
  }

  /// Ends the threads once what is queued has run.
  package func stop() { for loop in loops { loop.stop() } }
}

extension EpollLoop {
  /// Does something on the loop and waits for it.
  package func run<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result = await withCheckedContinuation { continuation in
      execute {
        do throws(Failure) {
          continuation.resume(returning: Result<Value, Failure>.success(try body()))
        } catch { continuation.resume(returning: .failure(error)) }
      }
    }
    return try result.get()
  }
}
