/// Something that lives on one executor and must be used there.
public protocol ExecutorBound: AnyObject, Sendable {
  /// Where it lives.
  var executor: any TaskExecutor { get }
  /// Whether the caller runs there now.
  var isOnExecutor: Bool { get }
}

extension ExecutorBound {
  /// Runs a piece of work where this lives; at no cost when already there.
  public func onExecutor<Value: Sendable>(
    _ work: sending @escaping () async throws(RPCError) -> Value
  ) async throws(RPCError) -> Value {
    if isOnExecutor { return try await work() }
    // Nothing but a task of its own leaves a caller's actor for certain.
    let task = Task.detached(executorPreference: executor) { () async -> Result<Value, RPCError> in
      do throws(RPCError) { return .success(try await work()) } catch { return .failure(error) }
    }
    let result = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    return try result.get()
  }
}
