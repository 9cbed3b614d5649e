internal import CLinux
internal import Glibc

/// The file that a Unix-domain socket leaves in the file system, which the kernel never removes.
struct UnixSocketFile {
  private let path: String
  private let device: UInt64
  private let node: UInt64

  /// Listens at a path. A file that a process which is gone left there is replaced; one at which
  /// somebody listens, or that is no socket, is an error.
  ///
  /// - Parameter mode: the file's; nobody can connect before it is set.
  static func listen(
    _ address: SocketAddress, backlog: Int32, mode: UInt32
  ) throws(SystemError) -> (Int32, UnixSocketFile) {
    let descriptor = try System.socket(address.family)
    do throws(SystemError) {
      try bind(descriptor, address)
      guard unsafe chmod(address.host, mode_t(mode)) == 0 else {
        throw SystemError("chmod \(address)", number: errno)
      }
      guard Glibc.listen(descriptor, backlog) == 0 else {
        throw SystemError("listen \(address)", number: errno)
      }
      guard let status = status(address.host) else {
        throw SystemError("lstat \(address)", number: errno)
      }
      return (
        descriptor,
        UnixSocketFile(
          path: address.host, device: UInt64(status.st_dev), node: UInt64(status.st_ino))
      )
    } catch {
      System.close(descriptor)
      throw error
    }
  }

  private static func bind(_ descriptor: Int32, _ address: SocketAddress) throws(SystemError) {
    let first = unsafe address.withSockaddr { unsafe Glibc.bind(descriptor, $0, $1) }
    if first == 0 { return }
    let number = errno
    guard number == EADDRINUSE, try isStale(address), unsafe unlink(address.host) == 0 else {
      throw SystemError("bind \(address)", number: number)
    }
    guard unsafe address.withSockaddr({ unsafe Glibc.bind(descriptor, $0, $1) }) == 0 else {
      throw SystemError("bind \(address)", number: errno)
    }
  }

  /// Whether the file is a socket at which nobody listens any more.
  private static func isStale(_ address: SocketAddress) throws(SystemError) -> Bool {
    guard let status = status(address.host), status.st_mode & S_IFMT == S_IFSOCK else {
      return false
    }
    let probe = try System.socket(address.family)
    defer { System.close(probe) }
    let result = unsafe address.withSockaddr { unsafe Glibc.connect(probe, $0, $1) }
    return result != 0 && errno == ECONNREFUSED
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? status : nil
  }

  /// Removes the file, unless another has taken its place.
  func remove() {
    guard let now = Self.status(path), UInt64(now.st_dev) == device, UInt64(now.st_ino) == node
    else { return }
    unsafe unlink(path)
  }
}
