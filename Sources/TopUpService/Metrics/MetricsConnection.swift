internal import RPCCore
internal import RPCTransport

/// One scrape: `GET /metrics`, answered and closed. Everything else is refused in a line.
///
/// A listener of its own, on loopback unless told otherwise: the webhook's serves webhooks alone.
final class MetricsConnection: ByteProtocol {
  /// A scraper's head is a few hundred bytes.
  private static let headBytesMax = 8192
  private static let patienceSeconds: Int64 = 5

  private let loop: any EventLoop
  private let text: @Sendable () -> String
  private var channel: (any ByteChannel)?
  private var head: [UInt8] = []
  private var answer: [UInt8] = []
  private var sent = 0
  private var isAnswered = false
  private lazy var timer = LoopTimer { [unowned self] in channel?.close() }

  /// - Parameter text: everything that is exposed; called for each scrape.
  init(on loop: any EventLoop, text: @escaping @Sendable () -> String) {
    self.loop = loop
    self.text = text
  }

  func attach(to channel: any ByteChannel) {
    self.channel = channel
    loop.schedule(
      timer, at: loop.now.advanced(byNanoseconds: Self.patienceSeconds * 1_000_000_000))
  }

  func receive(_ bytes: UnsafeRawBufferPointer) {
    guard !isAnswered else { return }
    // Its end may have begun in what came before, by all of its bytes but one.
    let start = max(0, head.count - (Self.headEnd.count - 1))
    head.append(contentsOf: bytes)
    if let end = Self.endOfHead(head, from: start) {
      respond(to: head[..<end])
    } else if head.count > Self.headBytesMax {
      respond(status: "431 Request Header Fields Too Large", body: "the head is over 8 KiB\n")
    }
  }

  private static let headEnd = Array("\r\n\r\n".utf8)

  private static func endOfHead(_ bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count - start >= headEnd.count else { return nil }
    return (start...bytes.count - headEnd.count).first { bytes[$0...].starts(with: headEnd) }
  }

  private func respond(to head: ArraySlice<UInt8>) {
    let line = head.prefix { $0 != UInt8(ascii: "\r") }
    let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else {
      return respond(status: "400 Bad Request", body: "not an HTTP/1 request\n")
    }
    guard words[0] == "GET" else {
      return respond(status: "405 Method Not Allowed", body: "metrics are read with GET\n")
    }
    guard words[1] == "/metrics" else {
      return respond(status: "404 Not Found", body: "only /metrics is served here\n")
    }
    respond(status: "200 OK", body: text(), type: "text/plain; version=0.0.4; charset=utf-8")
  }

  private func respond(status: String, body: String, type: String = "text/plain") {
    isAnswered = true
    head = []
    let text =
      "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
      + "Connection: close\r\n\r\n" + body
    answer = Array(text.utf8)
    channel?.outputIsWaiting()
  }

  func produce(into output: inout ByteBuffer, max: Int) -> Bool {
    let count = min(max, answer.count - sent)
    answer[sent..<sent + count].withUnsafeBytes { output.append($0) }
    sent += count
    return sent < answer.count
  }

  var isFinished: Bool { isAnswered && sent == answer.count }

  func disconnected() {
    loop.cancel(timer)
    channel = nil
  }
}
