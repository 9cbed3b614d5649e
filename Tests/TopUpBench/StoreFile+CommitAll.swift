import TopUpCore
import TopUpStore

extension StoreFile {
  private static let together = 32
  private static let callers = 32

  /// Makes changes for each number, many to a commit: for stores that are measured later.
  func commitAll(_ count: Int, _ changes: @escaping @Sendable (Int) -> [Change]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<Self.callers {
        group.addTask { [self] in
          let step = Self.together * Self.callers
          for first in stride(from: caller * Self.together, to: count, by: step) {
            let numbers = first..<min(first + Self.together, count)
            try await commit(Commit(now: MadeUp.now, fence: fence, numbers.flatMap(changes)))
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
