import Glibc
import TopUpCore
import TopUpStore

/// A directory for one test's files; it and they are gone when the test is over.
final class StoreDirectory: Sendable {
  let path: String

  init() throws { path = try TemporaryStore.makeDirectory() }

  deinit { TemporaryStore.remove(path) }

  var file: String { path + "/store.db" }

  func open(
    vfs: String? = nil, pagesMax: Int64? = nil, isAlone: Bool = true,
    whenLost: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> StoreFile {
    try StoreFile.open(
      path: file, vfs: vfs, pagesMax: pagesMax, isAlone: isAlone, whenLost: whenLost)
  }

  /// The bytes of a file of the directory.
  func bytes() throws -> [UInt8] {
    let descriptor = unsafe Glibc.open(file, O_RDONLY)
    guard descriptor >= 0 else { throw StoreError.unavailable("no file") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  func write(_ bytes: [UInt8]) throws {
    let descriptor = unsafe Glibc.open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw StoreError.unavailable("no file") }
    defer { close(descriptor) }
    guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw StoreError.full
    }
  }

  func overwrite(at offset: Int, _ byte: UInt8) throws {
    let descriptor = unsafe Glibc.open(file, O_WRONLY)
    guard descriptor >= 0 else { throw StoreError.unavailable("no file") }
    defer { close(descriptor) }
    var byte = byte
    guard unsafe pwrite(descriptor, &byte, 1, off_t(offset)) == 1 else { throw StoreError.full }
  }
}

extension StoreFile {
  func commit(_ changes: Change...) async throws {
    try await commit(Commit(now: Ground.now, fence: fence, changes))
  }

  /// What a commit failed with; nil when it was made.
  func error(_ changes: Change...) async -> StoreError? {
    do throws(StoreError) {
      try await commit(Commit(now: Ground.now, fence: fence, changes))
      return nil
    } catch {
      return error
    }
  }

  /// Reads with a closure that may throw anything, as expectations do.
  func look<Value>(_ body: (any StoreSnapshot) throws -> Value) throws -> Value {
    try read { snapshot throws(StoreError) in Result { try body(snapshot) } }.get()
  }
}
