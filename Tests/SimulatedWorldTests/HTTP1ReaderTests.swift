import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct HTTP1ReaderTests {
  private static let post =
    "POST /v1/customers?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nemail"

  private func read(_ text: String) throws -> (request: HTTPRequest, staysOpen: Bool)? {
    var reader = HTTP1Reader()
    reader.append(text.utf8)
    return try reader.next()
  }

  @Test func `a request is read with its fields and its body`() throws {
    let (request, staysOpen) = try #require(try read(Self.post))
    #expect(request.method == .post)
    #expect(request.url == "/v1/customers?x=1")
    #expect(request.headers == [HTTPField("host", "a"), HTTPField("content-length", "5")])
    #expect(request.body == Array("email".utf8))
    #expect(staysOpen)
  }

  @Test func `byte by byte it is the same request, and not a byte too early`() throws {
    var reader = HTTP1Reader()
    for byte in Self.post.utf8.dropLast() {
      reader.append([byte])
      #expect(try reader.next() == nil)
    }
    reader.append(Self.post.utf8.suffix(1))
    #expect(try reader.next()?.request == read(Self.post)?.request)
    #expect(!reader.isInsideRequest)
  }

  @Test func `requests behind one another come one at a time`() throws {
    var reader = HTTP1Reader()
    reader.append((Self.post + "GET /b HTTP/1.1\r\n\r\n").utf8)
    #expect(try reader.next()?.request.url == "/v1/customers?x=1")
    #expect(try reader.next()?.request.url == "/b")
    #expect(try reader.next() == nil)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", true), ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false),
    ("GET / HTTP/1.0\r\n\r\n", false), ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
  ])
  func `a connection stays open as the version and the field say`(text: String, open: Bool) throws {
    #expect(try read(text)?.staysOpen == open)
  }

  @Test(arguments: [
    ("GET /\r\n\r\n", 400), ("GET  / HTTP/1.1\r\n\r\n", 400), ("GET x HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/2.0\r\n\r\n", 400), ("PUT / HTTP/1.1\r\n\r\n", 405),
    ("GET / HTTP/1.1\r\nnocolon\r\n\r\n", 400), ("GET / HTTP/1.1\r\n: x\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\na b: x\r\n\r\n", 400), ("GET / HTTP/1.1\r\na: x\n b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\na: x\r\n folded\r\n\r\n", 400), ("GET / HTTP/1.1\r\na: \u{1}\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
    ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
  ])
  func `anything else ends the connection`(text: String, status: Int) {
    #expect { _ = try read(text) } throws: { ($0 as? HTTP1Reader.Malformed)?.status == status }
  }

  @Test func `a head without end is refused`() throws {
    var reader = HTTP1Reader()
    reader.append("GET / HTTP/1.1\r\n".utf8)
    reader.append(repeatElement(UInt8(ascii: "a"), count: HTTP1Reader.headBytesMax))
    #expect(throws: HTTP1Reader.Malformed.self) { _ = try reader.next() }
  }

  @Test func `a response is one piece with its length`() {
    let response = HTTPResponse(
      status: 402, headers: [HTTPField("request-id", "req_1")], body: Array("no".utf8))
    #expect(
      String(decoding: response.http1(staysOpen: false), as: UTF8.self)
        == "HTTP/1.1 402 Payment Required\r\nrequest-id: req_1\r\ncontent-length: 2\r\n"
        + "connection: close\r\n\r\nno")
  }
}
