internal import Glibc

/// What changes when a file is written or replaced.
struct FileStamp: Sendable, Hashable {
  let device: UInt64
  let node: UInt64
  let size: Int64
  /// The times of the last write and of the last change of any kind, byte for byte; the first alone
  /// can be set back by whoever writes.
  let moments: [UInt8]

  /// What a path leads to now, through every link above it.
  /// - Returns: nil when nothing is there.
  static func of(_ path: String) -> FileStamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return FileStamp(
      device: UInt64(status.st_dev), node: UInt64(status.st_ino), size: Int64(status.st_size),
      moments: withUnsafeBytes(of: status.st_mtim) { Array($0) }
        + withUnsafeBytes(of: status.st_ctim) { Array($0) })
  }
}

/// A set of files, and how they looked when they were last read.
///
/// Made before the first reading: what changes while files are read is then seen by the next look.
struct FileStamps: Sendable {
  /// Looks at one path; nil when nothing is there.
  typealias Look = @Sendable (String) -> FileStamp?

  private let paths: [String]
  private let lookAt: Look
  private var stamps: [FileStamp?]

  init(_ paths: [String], look: @escaping Look = FileStamp.of) {
    self.paths = paths
    lookAt = look
    stamps = paths.map(look)
  }

  /// Takes down how the files look now.
  /// - Returns: whether any looks otherwise than before.
  mutating func update() -> Bool {
    let now = paths.map(lookAt)
    defer { stamps = now }
    return now != stamps
  }
}
