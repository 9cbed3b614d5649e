internal import Glibc

/// Blocking work on a thread of its own, so that it holds none of the test runner's.
package enum OwnThread {
  /// Runs `body` on a new thread and waits without blocking.
  package static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      let work = Work { continuation.resume(returning: body()) }
      var thread = pthread_t()
      let box = Unmanaged.passRetained(work).toOpaque()
      let result = pthread_create(
        &thread, nil,
        { argument in
          if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
          return nil
        }, box)
      precondition(result == 0, "no thread for blocking work")
      pthread_detach(thread)
    }
  }

  private final class Work {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
