internal import CLinux
internal import Glibc

/// The one door to the kernel: every system call of the RPC stack passes here, retried on EINTR
/// and with its error made a typed one.
package enum System {
  /// What an operation on a non-blocking descriptor did.
  package enum Progress: Hashable, Sendable {
    case bytes(Int)
    case wouldBlock
    case endOfStream
  }

  package static func errorText(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
  }

  /// Nanoseconds of CLOCK_MONOTONIC.
  package static func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Milliseconds of CLOCK_REALTIME.
  package static func unixMilliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Nanoseconds of CLOCK_REALTIME.
  package static func unixNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Bytes from the kernel's generator.
  package static func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe getrandom(buffer.baseAddress?.advanced(by: filled), count - filled, 0)
      }
      if got > 0 { filled += got }
    }
    return bytes
  }

  package static func close(_ descriptor: Int32) {
    // Not retried on EINTR: Linux has released the descriptor by then (close(2)).
    _ = Glibc.close(descriptor)
  }

  static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) throws(SystemError)
    -> Progress
  {
    while true {
      let got = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if got > 0 { return .bytes(got) }
      if got == 0 { return .endOfStream }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      case let number: throw SystemError("read", number: number)
      }
    }
  }

  /// Writes to a socket; a peer that is gone is an error, never a signal.
  static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError)
    -> Progress
  {
    while true {
      let sent = unsafe Glibc.send(
        descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if sent >= 0 { return .bytes(sent) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      case let number: throw SystemError("send", number: number)
      }
    }
  }

  /// Tells the peer that nothing more comes; reading goes on.
  ///
  /// Fails only when the connection is broken already, which the next read reports.
  static func shutdownOutput(_ descriptor: Int32) {
    _ = Glibc.shutdown(descriptor, Int32(SHUT_WR))
  }

  // MARK: Sockets

  /// Whether an address can be listened on now.
  ///
  /// - Throws: ``SystemError`` when it cannot, such as where another process listens.
  package static func checkFree(_ address: SocketAddress) throws(SystemError) {
    close(try listen(address, backlog: 1, reusePort: false))
  }

  /// A listening TCP socket.
  ///
  /// - Parameter port: 0 lets the kernel choose.
  static func listen(
    _ address: SocketAddress, backlog: Int32, reusePort: Bool
  ) throws(SystemError) -> Int32 {
    let descriptor = try socket(address.family)
    do throws(SystemError) {
      try setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
      if reusePort { try setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
      let bound = unsafe address.withSockaddr { unsafe Glibc.bind(descriptor, $0, $1) }
      guard bound == 0 else { throw SystemError("bind \(address)", number: errno) }
      guard Glibc.listen(descriptor, backlog) == 0 else {
        throw SystemError("listen", number: errno)
      }
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// A socket on its way to being connected: writable once it is.
  static func connect(_ address: SocketAddress) throws(SystemError) -> Int32 {
    let descriptor = try socket(address.family)
    let result = unsafe address.withSockaddr { unsafe Glibc.connect(descriptor, $0, $1) }
    guard result == 0 || errno == EINPROGRESS else {
      let number = errno
      close(descriptor)
      throw SystemError("connect \(address)", number: number)
    }
    return descriptor
  }

  /// The error that waits on a socket: of a connect that was in progress, or a broken connection.
  static func socketError(_ descriptor: Int32) -> SystemError? {
    var number: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length)
    if result != 0 { number = errno }
    return number == 0 ? nil : SystemError("connect", number: number)
  }

  /// The next waiting connection and its peer; nil when none waits.
  static func accept(_ listener: Int32) throws(SystemError) -> (Int32, SocketAddress)? {
    while true {
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let descriptor = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe accept4(
            listener, $0, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
        }
      }
      if descriptor >= 0 {
        return (descriptor, SocketAddress(storage) ?? .loopback(port: 0))
      }
      switch errno {
      case EINTR, ECONNABORTED: continue
      case EAGAIN: return nil
      case let number: throw SystemError("accept", number: number)
      }
    }
  }

  /// The addresses of a host, best first (RFC 6724). Blocks: for a thread of its own.
  ///
  /// - Returns: nil when the name has none; the resolver's reasons are not worth telling apart.
  static func resolve(host: String, port: UInt16) -> [SocketAddress]? {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return nil }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = unsafe list
    while let info = unsafe next {
      var storage = sockaddr_storage()
      let count = min(
        Int(unsafe info.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
      unsafe withUnsafeMutableBytes(of: &storage) { room in
        unsafe room.copyMemory(
          from: UnsafeRawBufferPointer(start: info.pointee.ai_addr, count: count))
      }
      if let address = SocketAddress(storage) {
        addresses.append(address.withPort(port))
      }
      unsafe next = info.pointee.ai_next
    }
    return addresses.isEmpty ? nil : addresses
  }

  /// Who connected to a Unix-domain socket (SO_PEERCRED, unix(7)): user and process.
  static func peerProcess(_ descriptor: Int32) throws(SystemError) -> (user: UInt32, pid: Int32) {
    // `struct ucred`, which the toolchain's module leaves out.
    var credentials: (pid: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else {
      throw SystemError("getsockopt", number: errno)
    }
    return (credentials.user, credentials.pid)
  }

  static func localAddress(_ descriptor: Int32) throws(SystemError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &length)
      }
    }
    guard result == 0, let address = SocketAddress(storage) else {
      throw SystemError("getsockname", number: errno)
    }
    return address
  }

  static func remoteAddress(_ descriptor: Int32) throws(SystemError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getpeername(descriptor, $0, &length)
      }
    }
    guard result == 0, let address = SocketAddress(storage) else {
      throw SystemError("getpeername", number: errno)
    }
    return address
  }

  /// Small messages leave at once instead of waiting for more (Nagle's algorithm off).
  static func setNoDelay(_ descriptor: Int32) throws(SystemError) {
    try setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
  }

  /// How long sent bytes may wait for the peer to take them before the connection is broken; a
  /// closed window counts (tcp(7)).
  static func setUserTimeout(_ descriptor: Int32, milliseconds: Int32) throws(SystemError) {
    try setOption(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds)
  }

  static func socket(_ family: Int32) throws(SystemError) -> Int32 {
    let descriptor = Glibc.socket(
      family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0
    )
    guard descriptor >= 0 else { throw SystemError("socket", number: errno) }
    return descriptor
  }

  private static func setOption(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32
  ) throws(SystemError) {
    var value = value
    let result = unsafe setsockopt(
      descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    guard result == 0 else { throw SystemError("setsockopt", number: errno) }
  }
}
