import CSQLite
import Synchronization

/// A process as its disk sees it: it has files open, it may fail to write, and it may die between
/// any two of its operations.
///
/// `@unchecked Sendable`: a simulation is one thread's, and so is all that belongs to it.
final class DiskProcess: @unchecked Sendable {
  enum Operation: Sendable {
    case read
    case write
    case sync
  }

  /// What becomes of an operation.
  enum Verdict {
    case done
    /// It fails with a code of SQLite's, and does nothing.
    case fails(Int32)
    /// The process dies before it.
    case dies
  }

  let number: Int
  let disk: SimulatedDisk
  private(set) var isDead = false
  /// How many transactions of its store are open.
  var transactions = 0
  /// Asked before each operation.
  var judge: (Operation) -> Verdict = { _ in .done }
  /// Told once, at the moment of death.
  var onDeath: () -> Void = {}
  private var open: [ObjectIdentifier: DiskFile] = [:]

  init(on disk: SimulatedDisk) {
    self.disk = disk
    number = Self.registry.withLock { registry in
      registry.last += 1
      return registry.last
    }
    Self.registry.withLock { $0.processes[number] = self }
  }

  /// The path under which this process opens a file of its disk.
  func path(_ name: String) -> String { "/\(number)/\(name)" }

  /// Ends it as `kill -9` does: its locks are gone, and what it wrote stays in the cache.
  func die() {
    guard !isDead else { return }
    isDead = true
    for (handle, file) in open { release(file, by: handle) }
    onDeath()
  }

  /// Forgets it, once nothing of it runs any more.
  func forget() {
    die()
    _ = Self.registry.withLock { $0.processes.removeValue(forKey: number) }
  }

  /// - Returns: what SQLite is told; nil for going ahead.
  func failure(_ operation: Operation) -> Int32? {
    let broken =
      switch operation {
      case .read: sqliteErrorRead
      case .write: sqliteErrorWrite
      case .sync: sqliteErrorFsync
      }
    guard !isDead else { return broken }
    switch judge(operation) {
    case .done: return nil
    case .fails(let code): return code
    case .dies:
      die()
      return broken
    }
  }

  func opened(_ file: DiskFile, by handle: ObjectIdentifier) { open[handle] = file }

  func closed(by handle: ObjectIdentifier) {
    if let file = open.removeValue(forKey: handle) { release(file, by: handle) }
  }

  private func release(_ file: DiskFile, by handle: ObjectIdentifier) {
    file.locks[handle] = nil
    file.shared.leave(handle)
  }

  // MARK: Finding

  private struct Registry {
    var last = 0
    var processes: [Int: DiskProcess] = [:]
  }

  private static let registry = Mutex(Registry())

  /// The process and the file's name that a path stands for.
  static func find(_ path: String) -> (process: DiskProcess, file: String)? {
    let parts = path.split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let number = Int(parts[0]),
      let process = registry.withLock({ $0.processes[number] })
    else { return nil }
    return (process, String(parts[1]))
  }
}

/// SQLite's extended codes, which its header makes of macros that Swift does not see.
let sqliteErrorRead = SQLITE_IOERR | (1 << 8)
let sqliteErrorWrite = SQLITE_IOERR | (3 << 8)
let sqliteErrorFsync = SQLITE_IOERR | (4 << 8)
let sqliteErrorShortRead = SQLITE_IOERR | (2 << 8)
/// No room.
let diskIsFull = SQLITE_FULL
