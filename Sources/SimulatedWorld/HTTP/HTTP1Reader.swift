package import TopUpCore

/// Requests out of a connection's bytes: the part of HTTP/1.1 (RFC 9112) that clients of an API
/// send. Strict, since the stand-in is there to find faults: CRLF only, no folded lines, one
/// Content-Length, no transfer coding.
package struct HTTP1Reader: Sendable {
  /// Why the bytes are no request; the connection is of no use after it.
  package struct Malformed: Error, Hashable, Sendable {
    package let status: Int
    package let message: String
  }

  static let headBytesMax = 65_536
  static let bodyBytesMax = 4 << 20

  private var bytes: [UInt8] = []
  /// Up to where the head's end has been looked for.
  private var searched = 0

  package init() {}

  /// Whether a request has begun and not ended.
  package var isInsideRequest: Bool { !bytes.isEmpty }

  package mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Takes the next request, once all of it is there.
  ///
  /// - Returns: the request, and whether the connection may go on after it.
  package mutating func next() throws(Malformed) -> (request: HTTPRequest, staysOpen: Bool)? {
    guard let headEnd = try endOfHead() else { return nil }
    var lines = try Self.lines(bytes[..<headEnd])[...]
    let (method, target, version) = try Self.requestLine(lines.popFirst() ?? "")
    var headers: [HTTPField] = []
    for line in lines { headers.append(try Self.field(line)) }
    let length = try Self.bodyBytes(headers)
    let end = headEnd + 4 + length
    guard bytes.count >= end else { return nil }
    let request = HTTPRequest(
      method, target, headers: headers, body: Array(bytes[headEnd + 4..<end]),
      timeout: .seconds(0))
    bytes.removeFirst(end)
    searched = 0
    let tokens = request.values(of: "connection").map { $0.lowercased() }
    let staysOpen =
      version == "HTTP/1.1" ? !tokens.contains("close") : tokens.contains("keep-alive")
    return (request, staysOpen)
  }

  private mutating func endOfHead() throws(Malformed) -> Int? {
    var index = max(0, searched - 3)
    while index + 3 < bytes.count {
      if bytes[index] == 0x0D, bytes[index + 1] == 0x0A, bytes[index + 2] == 0x0D,
        bytes[index + 3] == 0x0A
      {
        return index
      }
      index += 1
    }
    searched = bytes.count
    guard bytes.count <= Self.headBytesMax else {
      throw Malformed(status: 431, message: "the head is too long")
    }
    return nil
  }

  private static func lines(_ head: ArraySlice<UInt8>) throws(Malformed) -> [String] {
    guard let text = String(validating: head, as: UTF8.self) else {
      throw Malformed(status: 400, message: "the head is not UTF-8")
    }
    // A character of Swift's takes CR and LF for one: bare ones are left over and refused.
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.allSatisfy({ !$0.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" } })
    else { throw Malformed(status: 400, message: "a control character in the head") }
    return lines
  }

  private static func requestLine(
    _ line: String
  ) throws(Malformed) -> (HTTPRequest.Method, String, version: String) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[1].hasPrefix("/"), ["HTTP/1.1", "HTTP/1.0"].contains(parts[2])
    else { throw Malformed(status: 400, message: "no request line") }
    guard let method = HTTPRequest.Method(rawValue: parts[0]) else {
      throw Malformed(status: 405, message: "GET, POST and DELETE only")
    }
    return (method, parts[1], parts[2])
  }

  private static func field(_ line: String) throws(Malformed) -> HTTPField {
    guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
      throw Malformed(status: 400, message: "no header field")
    }
    let name = String(line[..<colon])
    guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw Malformed(status: 400, message: "no field name")
    }
    var value = line[line.index(after: colon)...]
    while value.first == " " || value.first == "\t" { value.removeFirst() }
    while value.last == " " || value.last == "\t" { value.removeLast() }
    return HTTPField(name.lowercased(), String(value))
  }

  private static func bodyBytes(_ headers: [HTTPField]) throws(Malformed) -> Int {
    guard !headers.contains(where: { $0.name == "transfer-encoding" }) else {
      throw Malformed(status: 501, message: "no transfer coding")
    }
    let lengths = headers.filter { $0.name == "content-length" }.map(\.value)
    guard let text = lengths.first else { return 0 }
    guard lengths.count == 1, let length = Int(text), String(length) == text, length >= 0 else {
      throw Malformed(status: 400, message: "no single Content-Length")
    }
    guard length <= bodyBytesMax else {
      throw Malformed(status: 413, message: "the body is too long")
    }
    return length
  }
}

extension HTTPResponse {
  /// The response as it goes over a connection, head and body in one piece.
  package func http1(staysOpen: Bool) -> [UInt8] {
    var head = "HTTP/1.1 \(status) \(Self.phrases[status] ?? "Unassigned")\r\n"
    for field in headers { head += "\(field.name): \(field.value)\r\n" }
    head += "content-length: \(body.count)\r\n"
    if !staysOpen { head += "connection: close\r\n" }
    return Array("\(head)\r\n".utf8) + body
  }

  private static let phrases = [
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
    413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content",
    429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable",
  ]
}
