internal import Glibc
package import TopUpCore

/// A store that lasts as long as this value: for tests and the simulator.
///
/// The same code on a file in memory, for a database that SQLite keeps in memory has no log, and so
/// other semantics.
package final class TemporaryStore: Sendable {
  package let directory: String
  package let store: StoreFile

  /// The parameters are those of ``StoreFile``'s opening.
  package init(
    isInline: Bool = false, randomBytes: (Int) -> [UInt8] = StoreFile.systemRandomBytes
  ) throws(StoreError) {
    directory = try Self.makeDirectory()
    do {
      store = try StoreFile.open(
        path: directory + "/store.db", isInline: isInline, randomBytes: randomBytes)
    } catch {
      Self.remove(directory)
      throw error
    }
  }

  deinit {
    store.close()
    Self.remove(directory)
  }

  /// Makes an empty directory for a store's files, in memory where the system offers that.
  package static func makeDirectory() throws(StoreError) -> String {
    let isThere = unsafe access("/dev/shm", W_OK) == 0
    var template = Array(((isThere ? "/dev/shm" : "/tmp") + "/store.XXXXXX").utf8CString)
    let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) } != nil
    }
    guard isMade else { throw .unavailable("cannot make a directory for a store") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes what ``makeDirectory()`` made, with the store's files in it.
  package static func remove(_ directory: String) {
    for name in ["store.db", "store.db-wal", "store.db-shm", "store.db.lock"] {
      _ = unsafe unlink("\(directory)/\(name)")
    }
    _ = unsafe rmdir(directory)
  }
}
