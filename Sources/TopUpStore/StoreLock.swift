internal import Glibc
internal import TopUpCore

/// Held by the one process that has a store open for writing, and let go by the kernel when that
/// process ends, however it ends.
///
/// It lies on a file of its own: SQLite has record locks on the store's file, which this process
/// would lose by closing any descriptor of it (fcntl(2)).
final class StoreLock: Sendable {
  static let suffix = ".lock"

  private let descriptor: Int32

  /// - Throws: ``StoreError/unavailable(_:)`` when another process holds it.
  init(store path: String) throws(StoreError) {
    let file = path + Self.suffix
    let descriptor = unsafe Glibc.open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw .unavailable("cannot make the store's lock \(file): \(reason)")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      guard code != EWOULDBLOCK else {
        throw .unavailable("another process has the store open: \(path)")
      }
      let reason = unsafe String(cString: strerror(code))
      throw .unavailable("cannot lock \(file): \(reason)")
    }
    self.descriptor = descriptor
  }

  deinit {
    // Closing alone does not do where a child of this process, begun at this moment, has the
    // descriptor until its exec: the lock belongs to what all copies of it share (flock(2)).
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
