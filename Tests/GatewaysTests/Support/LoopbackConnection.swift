import Glibc

@testable import Gateways

/// One accepted connection.
struct LoopbackConnection {
  struct Request: Sendable {
    var connection: Int
    /// Method and target, such as `GET /a?b`.
    var line: String
    /// As sent, in order.
    var fields: [String]
    var body: String
  }

  let index: Int
  let descriptor: Int32
  private let record: (Request) -> Void

  init(_ descriptor: Int32, index: Int, record: @escaping (Request) -> Void) {
    self.descriptor = descriptor
    self.index = index
    self.record = record
  }

  /// Nil when the client is gone.
  func readRequest() -> Request? {
    var bytes: [UInt8] = []
    while true {
      if let request = parse(bytes) {
        record(request)
        return request
      }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let got = read(descriptor, &buffer, buffer.count)
      guard got > 0 else { return nil }
      bytes += buffer[..<got]
    }
  }

  /// Records a request that came another way than in plain text.
  func note(_ text: String) {
    if let request = parse(Array(text.utf8)) { record(request) }
  }

  func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return }
      rest = rest.dropFirst(sent)
    }
  }

  /// Returns when the client has closed.
  func waitForClose() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while read(descriptor, &buffer, buffer.count) > 0 {}
  }

  private func parse(_ bytes: [UInt8]) -> Request? {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
    var lines = text[..<end.lowerBound].split(separator: "\r\n").map(String.init)
    let first = lines.removeFirst().split(separator: " ")
    let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
      .flatMap { Int($0.split(separator: ":")[1].trimmingBlanks) }
    let body = text[end.upperBound...]
    guard body.utf8.count >= length ?? 0 else { return nil }
    return Request(
      connection: index, line: first.dropLast().joined(separator: " "), fields: lines,
      body: String(body))
  }
}
