import RPCTransport
import TestSupport
import Testing

@testable import TopUpService

@Suite struct MetricsConnectionTests {
  private func answer(_ parts: [String]) -> (text: String, isClosed: Bool) {
    let loop = ManualLoop()
    let connection = MetricsConnection(on: loop) { "up 1\n" }
    let channel = loop.run { MemoryChannel(connection, on: loop) }
    for part in parts { loop.run { channel.receive(Array(part.utf8)) } }
    let text = String(decoding: channel.output, as: UTF8.self)
    return (text, channel.isClosed)
  }

  @Test func `a scrape is answered whole and closed, in however many pieces it comes`() {
    let request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    for parts in [[request], request.map { String($0) }] {
      let (text, isClosed) = answer(parts)
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(text.contains("Content-Length: 5\r\n"))
      #expect(text.hasSuffix("\r\n\r\nup 1\n"))
      #expect(isClosed)
    }
  }

  @Test func `a head that ends in any two or more reads is seen to end`() {
    let request = Array("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    func answer(_ parts: [ArraySlice<UInt8>]) -> String {
      self.answer(parts.map { String(decoding: $0, as: UTF8.self) }).text
    }
    for cut in 1..<request.count {
      #expect(answer([request[..<cut], request[cut...]]).hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
    // Byte by byte, of which two are one character.
    #expect(answer(request.indices.map { request[$0...$0] }).hasPrefix("HTTP/1.1 200 OK\r\n"))
  }

  @Test(arguments: [
    ("POST /metrics HTTP/1.1\r\n\r\n", "405"), ("GET / HTTP/1.1\r\n\r\n", "404"),
    ("GET /metrics/ HTTP/1.1\r\n\r\n", "404"), ("GET /metrics\r\n\r\n", "400"),
    ("\r\n\r\n", "400"), ("PRI * HTTP/2.0\r\n\r\n", "400"),
    (String(repeating: "a", count: 9000), "431"),
  ])
  func `everything else is refused in a line`(request: String, status: String) {
    let (text, isClosed) = answer([request])
    #expect(text.hasPrefix("HTTP/1.1 \(status) "))
    #expect(isClosed)
  }

  @Test func `a peer that says nothing is closed after five seconds`() {
    let loop = ManualLoop()
    let connection = MetricsConnection(on: loop) { "" }
    let channel = loop.run { MemoryChannel(connection, on: loop) }
    loop.advance(by: .seconds(4))
    #expect(!channel.isClosed)
    loop.advance(by: .seconds(1))
    #expect(channel.isClosed)
  }
}
