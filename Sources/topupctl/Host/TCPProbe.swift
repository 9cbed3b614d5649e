internal import Glibc

/// Whether a port answers at all, told apart from what is spoken on it.
enum TCPProbe {
  enum Outcome: Sendable, Equatable {
    case connected(address: String)
    case unknownHost(String)
    /// Of the last address tried.
    case failed(String)
  }

  /// Tries a host's addresses in turn. Blocks: for a thread that nothing else waits for.
  static func connect(host: String, port: UInt16, timeoutMilliseconds: Int32) -> Outcome {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let found = unsafe getaddrinfo(host, String(port), &hints, &list)
    guard found == 0 else { return unsafe .unknownHost(String(cString: gai_strerror(found))) }
    defer { unsafe freeaddrinfo(list) }
    var outcome = Outcome.failed("no address")
    var next = unsafe list
    while let info = unsafe next {
      outcome = unsafe attempt(info.pointee, timeoutMilliseconds)
      if case .connected = outcome { return outcome }
      unsafe next = info.pointee.ai_next
    }
    return outcome
  }

  private static func attempt(_ info: addrinfo, _ timeoutMilliseconds: Int32) -> Outcome {
    let kind = unsafe info.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = unsafe socket(info.ai_family, kind, info.ai_protocol)
    guard descriptor >= 0 else { return .failed(Host.errorText(errno)) }
    defer { close(descriptor) }
    if unsafe Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) != 0 {
      guard errno == EINPROGRESS else { return .failed(Host.errorText(errno)) }
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard unsafe poll(&entry, 1, timeoutMilliseconds) == 1 else {
        return .failed("no answer in \(timeoutMilliseconds / 1000) s")
      }
      var number: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length)
      guard number == 0 else { return .failed(Host.errorText(number)) }
    }
    return .connected(address: unsafe numericText(info))
  }

  private static func numericText(_ info: addrinfo) -> String {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let result = unsafe getnameinfo(
      info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    guard result == 0 else { return "an address" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
