import Glibc
import Synchronization
import TopUpCore

@testable import Gateways

/// A real server on 127.0.0.1 whose answers a test writes down, one blocking thread a connection.
final class LoopbackServer: Sendable {
  struct Counts {
    var connections = 0
    var open = 0
    var openMax = 0
    var requests: [LoopbackConnection.Request] = []
  }

  let port: UInt16
  private let listener: Int32
  private let state = Mutex(Counts())

  /// - Parameter serve: plays one connection, counted from 0; the connection is closed when it
  ///   returns.
  init(_ serve: @escaping @Sendable (LoopbackConnection) -> Void) throws {
    let (listener, port) = try Self.listen()
    self.listener = listener
    self.port = port
    try CurlThread.start { [self] in
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        let index = state.withLock { state in
          state.connections += 1
          state.open += 1
          state.openMax = max(state.open, state.openMax)
          return state.connections - 1
        }
        do throws(CurlError) {
          try CurlThread.start { [self] in
            let connection = LoopbackConnection(descriptor, index: index) { [self] request in
              state.withLock { $0.requests.append(request) }
            }
            serve(connection)
            state.withLock { $0.open -= 1 }
            close(descriptor)
          }
        } catch {
          close(descriptor)
        }
      }
    }
  }

  /// Answers every request on kept connections.
  static func answering(
    _ answer: @escaping @Sendable (LoopbackConnection.Request) -> String
  ) throws -> LoopbackServer {
    try LoopbackServer { connection in
      while let request = connection.readRequest() { connection.write(answer(request)) }
    }
  }

  /// A response of HTTP/1.1 with its length.
  static func response(_ status: Int = 200, _ body: String = "", fields: String = "") -> String {
    "HTTP/1.1 \(status) X\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  var counts: Counts { state.withLock { $0 } }

  func url(_ path: String = "/", scheme: String = "http") -> String {
    "\(scheme)://127.0.0.1:\(port)\(path)"
  }

  /// Takes no more connections; those that stand end with their clients.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// A port where nobody listens: one that was just free.
  static func refusingPort() throws -> UInt16 {
    let (listener, port) = try listen()
    close(listener)
    return port
  }

  private static func listen() throws -> (Int32, UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw LoopbackError.socket(errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 256) == 0
          && getsockname(descriptor, address, &length) == 0
      }
    }
    guard result else { throw LoopbackError.socket(errno) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }
}

enum LoopbackError: Error { case socket(Int32) }
