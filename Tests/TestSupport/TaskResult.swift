package import RPCCore
internal import Synchronization

/// Work started on a manual loop, to be looked at when the loop is at rest: a test never waits for
/// what might not come.
package final class TaskResult<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)
  private let task = Mutex<Task<Void, Never>?>(nil)

  fileprivate init() {}

  /// The result; nil while the work goes on.
  package var result: Result<Value, any Error>? { outcome.withLock { $0 } }

  /// What the work returned; nil while it goes on or when it failed.
  package var value: Value? { try? result?.get() }

  /// The call's failure; nil while it goes on or when it succeeded.
  package var failure: RPCError? {
    guard case .failure(let error)? = result else { return nil }
    return error as? RPCError
  }

  package func cancel() { task.withLock { $0 }?.cancel() }

  fileprivate func start(
    on loop: ManualLoop, _ work: @escaping @Sendable () async throws -> Value
  ) {
    let started = Task(executorPreference: loop.tasks) { [self] in
      let result: Result<Value, any Error>
      do { result = .success(try await work()) } catch { result = .failure(error) }
      outcome.withLock { $0 = result }
    }
    task.withLock { $0 = started }
  }
}

extension ManualLoop {
  /// Starts work as a task of the loop and turns until the loop is at rest.
  package func start<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) -> TaskResult<Value> {
    let result = TaskResult<Value>()
    result.start(on: self, work)
    turn()
    return result
  }
}
