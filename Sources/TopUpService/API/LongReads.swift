internal import TopUpCore

/// Reads of the store that are too long for a loop, which serves calls meanwhile.
///
/// They take turns: many at once would hold every thread that there is, and each holds back the
/// store's log from being cut.
package actor LongReads {
  private let store: any Store

  init(_ store: any Store) { self.store = store }

  /// Reads one consistent state on a thread that is no loop's; not at all when the caller has given
  /// up before its turn.
  nonisolated func look<Value: Sendable>(
    _ body: @Sendable (any StoreSnapshot) throws(StoreError) -> Value
  ) async throws(ServiceError) -> Value {
    // An actor's work runs where its caller's task prefers to, which is a loop.
    let result = await withTaskExecutorPreference(globalConcurrentExecutor) {
      await self.read(body)
    }
    do throws(StoreError) { return try result.get() } catch { throw .store(error) }
  }

  private func read<Value: Sendable>(
    _ body: @Sendable (any StoreSnapshot) throws(StoreError) -> Value
  ) -> Result<Value, StoreError> {
    do throws(StoreError) {
      guard !Task.isCancelled else { throw .unavailable("the call was given up") }
      return .success(try store.read(body))
    } catch { return .failure(error) }
  }
}
