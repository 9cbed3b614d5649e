internal import Glibc

/// Whether the disk has room for what is to be written, asked before a group of commits is begun.
///
/// A disk that is found full only by COMMIT leaves the group in doubt and ends the process
/// (invariant 49). With some room kept, a group is refused before anything of it was written, and
/// work goes on as soon as there is room again. What others of the machine fill up meanwhile still
/// ends in doubt: this is no promise.
struct DiskRoom: Sendable {
  /// The longest log before it is copied into the file (`Checkpointer`), the growth of the file by
  /// that copy, and a group in between: 32 MiB.
  static let least: Int64 = 2 * Int64(Checkpointer.logPagesMax) * 4_096

  let path: String
  /// In bytes.
  let least: Int64

  init(path: String, least: Int64 = DiskRoom.least) {
    self.path = path
    self.least = least
  }

  /// A disk that does not say is written to: the write will tell.
  var isLeft: Bool {
    var disk = statvfs()
    guard unsafe statvfs(path, &disk) == 0 else { return true }
    let (bytes, isMore) = UInt64(disk.f_bavail).multipliedReportingOverflow(
      by: UInt64(disk.f_frsize))
    return isMore || bytes >= UInt64(least)
  }
}
