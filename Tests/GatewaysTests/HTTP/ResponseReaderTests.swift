import Testing
import TopUpCore

@testable import Gateways

@Suite struct ResponseReaderTests {
  @Test func `trailers and interim answers are left out`() {
    var reader = ResponseReader(headerBytesMax: 1000, bodyBytesMax: 10)
    let lines = ["HTTP/1.1 100 Continue", "X: interim", "", "HTTP/1.1 200 OK", "A: 1", ""]
    var isTaken = lines.map { reader.takeHeaderLine(Array("\($0)\r\n".utf8)) }
    isTaken.append(reader.takeBody([1, 2]))
    isTaken.append(reader.takeHeaderLine(Array("Trailer: x\r\n".utf8)))
    #expect(!isTaken.contains(false))
    #expect(
      reader.response(status: 200)
        == HTTPResponse(status: 200, headers: [HTTPField("a", "1")], body: [1, 2]))
  }

  @Test func `a header is whole at its blank line and not before`() {
    var reader = ResponseReader(headerBytesMax: 1000, bodyBytesMax: 10)
    let isWhole = ["HTTP/1.1 103 X", "", "HTTP/1.1 200 OK", "A: 1", "", "Trailer: x"].map { line in
      _ = reader.takeHeaderLine(Array("\(line)\r\n".utf8))
      return reader.isHeaderWhole
    }
    #expect(isWhole == [false, true, false, false, true, true])
  }

  @Test func `the header's bound holds over all its lines together`() {
    var reader = ResponseReader(headerBytesMax: 10, bodyBytesMax: 3)
    let first = reader.takeHeaderLine(Array("A: 1\r\n".utf8))
    let second = reader.takeHeaderLine(Array("B: 2\r\n".utf8))
    #expect(first && !second)
    #expect(reader.overflow == .header(bytesMax: 10))
  }

  @Test func `the body's bound holds over all its pieces together`() {
    var reader = ResponseReader(headerBytesMax: 10, bodyBytesMax: 3)
    let first = reader.takeBody([1, 2, 3])
    let second = reader.takeBody([4])
    #expect(first && !second)
    #expect(reader.overflow == .body(bytesMax: 3))
  }
}
