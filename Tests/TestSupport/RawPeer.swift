internal import Glibc

/// A TCP client of raw bytes, for servers that are to be shown what no decent client sends.
///
/// Each exchange has a thread of its own, so that it blocks none of the test runner's.
package enum RawPeer {
  /// What came back.
  package struct Exchange: Sendable {
    package var received: [UInt8] = []
    /// Whether the server ended the stream; false when it reset the connection or went silent.
    package var endedInOrder = false
    /// The error number of a connection that broke; 0 when none did.
    package var errorNumber: Int32 = 0
  }

  /// Connects to 127.0.0.1, sends the parts one by one, and reads until the server ends.
  ///
  /// - Parameters:
  ///   - silenceSeconds: how long the server may be silent before the exchange is given up.
  ///   - halfCloses: whether the stream is ended behind the last part.
  ///   - source: the address that it comes from, one of 127.0.0.0/8.
  package static func exchange(
    port: UInt16, _ parts: [[UInt8]], silenceSeconds: Int = 20, halfCloses: Bool = false,
    from source: String = "127.0.0.1"
  ) async -> Exchange {
    await OwnThread.run {
      exchangeBlocking(port, parts, silenceSeconds, halfCloses: halfCloses, from: source)
    }
  }

  private static func exchangeBlocking(
    _ port: UInt16, _ parts: [[UInt8]], _ silenceSeconds: Int, halfCloses: Bool,
    from source: String
  ) -> Exchange {
    var exchange = Exchange()
    guard let descriptor = connect(port, silenceSeconds, from: source) else {
      exchange.errorNumber = errno
      return exchange
    }
    defer { close(descriptor) }
    for part in parts { sendAll(descriptor, part) }
    if halfCloses { shutdown(descriptor, Int32(SHUT_WR)) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { exchange.errorNumber = errno }
      if count == 0 { exchange.endedInOrder = true }
      if count <= 0 { return exchange }
      exchange.received.append(contentsOf: buffer[..<count])
    }
  }

  /// Sends as much as the server takes: one that has refused may be gone already.
  private static func sendAll(_ descriptor: Int32, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent < 0, errno == EINTR { continue }
      guard sent > 0 else { return }
      rest = rest.dropFirst(sent)
    }
  }

  private static func connect(
    _ port: UInt16, _ silenceSeconds: Int, from source: String = "127.0.0.1"
  ) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var limit = timeval(tv_sec: silenceSeconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, source, &address.sin_addr)
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> Int32 in
        let bound = bind(descriptor, generic, length)
        guard bound == 0 else { return bound }
        pointer.pointee.sin_port = port.bigEndian
        pointer.pointee.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return Glibc.connect(descriptor, generic, length)
      }
    }
    guard result == 0 else {
      let number = errno
      close(descriptor)
      errno = number
      return nil
    }
    return descriptor
  }

  /// A connection that is held open until it is dropped.
  package final class Held: Sendable {
    private let descriptor: Int32

    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    package func send(_ bytes: [UInt8]) { RawPeer.sendAll(descriptor, bytes) }

    /// Reads until the server ends.
    package func readToEnd() async -> [UInt8] { await read(.max) }

    /// Reads until so many bytes have come, or fewer when the server ends.
    package func read(_ bytesMax: Int) async -> [UInt8] {
      await OwnThread.run { [descriptor] in
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while received.count < bytesMax {
          let room = min(buffer.count, bytesMax - received.count)
          let count = Glibc.read(descriptor, &buffer, room)
          if count < 0, errno == EINTR { continue }
          if count <= 0 { break }
          received.append(contentsOf: buffer[..<count])
        }
        return received
      }
    }
  }

  /// Connects to 127.0.0.1 and waits.
  package static func hold(port: UInt16, silenceSeconds: Int = 20) -> Held? {
    connect(port, silenceSeconds).map(Held.init)
  }
}
