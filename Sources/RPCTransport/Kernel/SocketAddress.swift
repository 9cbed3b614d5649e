internal import CLinux
internal import Glibc

/// An IPv4 or IPv6 address and a port.
package struct SocketAddress: Hashable, Sendable {
  /// Numeric text, such as `127.0.0.1` or `::1`.
  package let host: String
  package let port: UInt16
  let family: Int32

  /// - Parameter host: a numeric address; names are resolved by whoever calls.
  /// - Returns: nil when the text is no address.
  package init?(host: String, port: UInt16) {
    var v4 = in_addr()
    var v6 = in6_addr()
    if unsafe inet_pton(AF_INET, host, &v4) == 1 {
      family = AF_INET
    } else if unsafe inet_pton(AF_INET6, host, &v6) == 1 {
      family = AF_INET6
    } else {
      return nil
    }
    self.host = host
    self.port = port
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
  package var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

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

extension SocketAddress: CustomStringConvertible {
  package var description: String {
    family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
