import Glibc

/// Reads and writes whole files.
enum Files {
  static func read(_ path: String) throws(ProtogenError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY)
    guard descriptor >= 0 else { throw .file(path, operation: "open", errno: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      }
      guard count >= 0 else { throw .file(path, operation: "read", errno: errno) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Writes a file, and the folders above it where they are missing.
  static func write(_ bytes: [UInt8], to path: String) throws(ProtogenError) {
    for index in path.indices.dropFirst() where path[index] == "/" {
      unsafe mkdir(String(path[..<index]), 0o777)
    }
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    guard descriptor >= 0 else { throw .file(path, operation: "open", errno: errno) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes[written...].withUnsafeBytes { rest in
        unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      guard count > 0 else { throw .file(path, operation: "write", errno: errno) }
      written += count
    }
  }

  static func write(_ text: String, to path: String) throws(ProtogenError) {
    try write(Array(text.utf8), to: path)
  }
}
