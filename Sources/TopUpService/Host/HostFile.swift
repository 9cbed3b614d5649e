internal import Glibc

/// Small files of the host: settings, secrets, zone data.
package enum HostFile {
  /// - Returns: the bytes, or nil when the file cannot be read or is larger than `bytesMax`.
  package static func read(_ path: String, bytesMax: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 {
        guard errno == EINTR else { return nil }
        continue
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
      guard bytes.count <= bytesMax else { return nil }
    }
  }

  /// The text of a file, or nil when it cannot be read or is not UTF-8.
  package static func text(_ path: String, bytesMax: Int = 65_536) -> String? {
    read(path, bytesMax: bytesMax).flatMap { String(validating: $0, as: UTF8.self) }
  }
}
