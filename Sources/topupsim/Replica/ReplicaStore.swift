import RPCCore
import RPCTransport
import TestSupport
import TopUpCore
import TopUpStore

/// A daemon's store as the engine sees it: commits take a moment, and each is shown to whoever
/// checks.
///
/// `@unchecked Sendable`: on its loop only.
final class ReplicaStore: Store, @unchecked Sendable {
  let file: StoreFile
  private let process: DiskProcess
  private let loop: ManualLoop
  private let dice: Dice
  /// Told of each commit before it is made.
  var onTry: (Commit) -> Void = { _ in }
  /// Told of each commit that surely was not made.
  var onRefusal: (Commit) -> Void = { _ in }
  /// Told of a commit in doubt, whose process lives on.
  var onDoubt: () -> Void = {}
  /// Told of each commit that is durable, before its caller is.
  var onCommit: (Commit) -> Void = { _ in }

  init(_ file: StoreFile, of process: DiskProcess, on loop: ManualLoop, _ dice: Dice) {
    self.file = file
    self.process = process
    self.loop = loop
    self.dice = dice
  }

  func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    guard !process.isDead else { throw .unavailable("its process is dead") }
    process.transactions += 1
    defer { process.transactions -= 1 }
    return try file.read(body)
  }

  func commit(_ commit: Commit) async throws(StoreError) {
    await pause()
    guard !process.isDead else { throw .unavailable("its process is dead") }
    onTry(commit)
    do throws(StoreError) { try await transact(commit) } catch {
      if case .inDoubt = error {
        // Whose commit is in doubt ends there (invariant 49).
        if !process.isDead { onDoubt() }
      } else {
        onRefusal(commit)
      }
      throw error
    }
    onCommit(commit)
    await pause()
    // What died after the commit and before it heard of it does nothing with the answer.
    guard !process.isDead else { throw .inDoubt("its process is dead") }
  }

  /// The ledger's, whoever has died.
  func head() throws(StoreError) -> LedgerHead {
    try file.read { snapshot throws(StoreError) in try snapshot.head() }
  }

  private func transact(_ commit: Commit) async throws(StoreError) {
    process.transactions += 1
    defer { process.transactions -= 1 }
    try await file.commit(commit)
  }

  /// The queue before the writer, and the way back from it: others' commits come in between.
  private func pause() async {
    guard dice.chance(percent: 30) else { return }
    let span = dice.longTailed(milliseconds: 1, doublings: 6)
    await withCheckedContinuation { continuation in
      let timer = LoopTimer { continuation.resume() }
      loop.schedule(timer, at: loop.now.advanced(by: span))
    }
  }
}
