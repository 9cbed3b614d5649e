internal import CLinux
internal import Glibc

/// An IPv4 or IPv6 address and a port, or the path of a Unix-domain socket.
package struct SocketAddress: Hashable, Sendable {
  /// What `sun_path` holds before its NUL (unix(7)).
  private static let pathBytesMax = 107
  private static let unixScheme = "unix:"

  /// Numeric text, such as `127.0.0.1` or `::1`; the path of a Unix-domain socket.
  package let host: String
  /// 0 of a Unix-domain socket.
  package let port: UInt16
  let family: Int32

  /// - Parameter host: a numeric address, or `unix:` and a path; names are resolved by whoever calls.
  /// - Returns: nil when the text is no address.
  package init?(host: String, port: UInt16) {
    if host.hasPrefix(Self.unixScheme) {
      let path = String(host.dropFirst(Self.unixScheme.count))
      guard !path.isEmpty, path.utf8.count <= Self.pathBytesMax, !path.utf8.contains(0) else {
        return nil
      }
      self = SocketAddress(host: path, port: 0, family: AF_UNIX)
      return
    }
    var v4 = in_addr()
    var v6 = in6_addr()
    if unsafe inet_pton(AF_INET, host, &v4) == 1 {
      self = SocketAddress(host: host, port: port, family: AF_INET)
    } else if unsafe inet_pton(AF_INET6, host, &v6) == 1 {
      self = SocketAddress(host: host, port: port, family: AF_INET6)
    } else {
      return nil
    }
  }

  private init(host: String, port: UInt16, family: Int32) {
    self.host = host
    self.port = port
    self.family = family
  }

  /// 127.0.0.1.
  package static func loopback(port: UInt16) -> SocketAddress {
    SocketAddress(host: "127.0.0.1", port: port, family: AF_INET)
  }

  func withPort(_ port: UInt16) -> SocketAddress {
    SocketAddress(host: host, port: port, family: family)
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool { isUnix || host == "::1" || host.hasPrefix("127.") }

  /// Whether it is the path of a Unix-domain socket.
  package var isUnix: Bool { family == AF_UNIX }

  /// Whether it is an IPv4 or IPv6 address.
  package var isNumeric: Bool { !isUnix }

  /// Four or sixteen bytes, the first of the address first; none of a path.
  package var numericBytes: [UInt8] {
    let count = family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0
    var bytes = [UInt8](repeating: 0, count: count)
    if count > 0 { unsafe inet_pton(family, host, &bytes) }
    return bytes
  }

  /// What limits of one peer are held against: an IPv4 address; of IPv6 the first half, for one host
  /// is commonly given a /64 (RFC 6177).
  package var source: String {
    guard family == AF_INET6 else { return host }
    let bytes = numericBytes
    if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
      return bytes[12...].map(String.init).joined(separator: ".")  // IPv4-mapped (RFC 4291 §2.5.5)
    }
    return bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":") + "/64"
  }

  init?(_ storage: sockaddr_storage) {
    var storage = storage
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = Int32(storage.ss_family)
    let parsed: (Int32, UInt16)? = unsafe withUnsafePointer(to: &storage) { pointer in
      switch family {
      case AF_INET:
        return unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { v4 in
          var address = unsafe v4.pointee.sin_addr
          unsafe inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
          return (AF_INET, UInt16(bigEndian: unsafe v4.pointee.sin_port))
        }
      case AF_INET6:
        return unsafe pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { v6 in
          var address = unsafe v6.pointee.sin6_addr
          unsafe inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
          return (AF_INET6, UInt16(bigEndian: unsafe v6.pointee.sin6_port))
        }
      default: return nil
      }
    }
    guard let (family, port) = parsed else { return nil }
    self.family = family
    self.port = port
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    host = String(decoding: bytes, as: UTF8.self)
  }

  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    if isUnix {
      var unix = sockaddr_un()
      unix.sun_family = sa_family_t(AF_UNIX)
      unsafe withUnsafeMutableBytes(of: &unix.sun_path) { unsafe $0.copyBytes(from: host.utf8) }
      return unsafe withUnsafePointer(to: &unix) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
    }
    if family == AF_INET {
      var v4 = sockaddr_in()
      v4.sin_family = sa_family_t(AF_INET)
      v4.sin_port = port.bigEndian
      unsafe inet_pton(AF_INET, host, &v4.sin_addr)
      return unsafe withUnsafePointer(to: &v4) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    var v6 = sockaddr_in6()
    v6.sin6_family = sa_family_t(AF_INET6)
    v6.sin6_port = port.bigEndian
    unsafe inet_pton(AF_INET6, host, &v6.sin6_addr)
    return unsafe withUnsafePointer(to: &v6) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
      }
    }
  }
}

extension SocketAddress {
  /// The same addresses, those of the two families by turns, so that a family that leads nowhere
  /// costs one head start and not one for each of its addresses (RFC 8305 §4).
  package static func alternating(_ addresses: [SocketAddress]) -> [SocketAddress] {
    guard let first = addresses.first else { return [] }
    let preferred = addresses.filter { $0.family == first.family }
    let others = addresses.filter { $0.family != first.family }
    return (0..<max(preferred.count, others.count)).flatMap { index in
      [preferred, others].compactMap { index < $0.count ? $0[index] : nil }
    }
  }
}

extension SocketAddress: CustomStringConvertible {
  package var description: String {
    switch family {
    case AF_UNIX: "\(Self.unixScheme)\(host)"
    case AF_INET6: "[\(host)]:\(port)"
    default: "\(host):\(port)"
    }
  }
}
