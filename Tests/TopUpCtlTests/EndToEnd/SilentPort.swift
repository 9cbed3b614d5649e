import Glibc

/// A port that is taken and where nobody listens, so that no server of another test comes to it.
enum SilentPort {
  struct NoPort: Error {}

  /// Holds a port on 127.0.0.1 while a body runs.
  ///
  /// - Throws: ``NoPort`` when the kernel gives none, and what the body throws.
  static func held(_ body: (UInt16) async throws -> Void) async throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        bind(descriptor, name, length) == 0 ? getsockname(descriptor, name, &length) : -1
      }
    }
    guard result == 0 else { throw NoPort() }
    try await body(UInt16(bigEndian: address.sin_port))
  }
}
