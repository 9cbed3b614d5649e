/// Reads one HTTP/1.1 request: POST to one path, framed by Content-Length, nothing else.
///
/// Pure: bytes in, progress out. The answer depends on the bytes alone, never on how they were
/// cut, for each byte of the head is looked at by itself and each line when it is whole. What it
/// holds is bounded by the rules' limits. Leniency that RFC 9112 permits is refused, since a
/// message that two readers may take differently is how requests are smuggled.
///
/// - Source: RFC 9112; the table of refusals in facts/operations §3.
package struct HTTPRequestParser: Sendable {
  /// What the bytes so far amount to.
  package enum Progress: Hashable, Sendable {
    case readingHead
    /// The head is in order; `expectsContinue` when the peer may wait for leave to go on.
    case readingBody(expectsContinue: Bool)
    case complete(IncomingRequest)
    case refused(WebhookRefusal)
  }

  private enum State: Sendable {
    case requestLine
    case fields
    case body(HTTPHeadFields.Promise)
    case ended
  }

  private let rules: HTTPRequestRules
  private var state = State.requestLine
  private var fields = HTTPHeadFields()
  private var fieldCount = 0
  /// The line that is coming in, its line end not included.
  private var line: [UInt8] = []
  private var endsLine = false
  private var body: [UInt8] = []
  /// Bytes of the request that were read, which also bounds what is held of it. A byte that
  /// was refused counts, what follows a request's end does not.
  package private(set) var consumedBytes = 0

  package init(_ rules: HTTPRequestRules) { self.rules = rules }

  /// Bytes of the body that have come.
  package var bodyBytes: Int { body.count }

  /// Takes bytes, up to the end of the request or to the first that is refused.
  ///
  /// - Precondition: it has not ended, by ``Progress/complete(_:)`` or ``Progress/refused(_:)``.
  package mutating func receive(_ bytes: some Collection<UInt8>) -> Progress {
    do throws(WebhookRefusal) { return try read(bytes) } catch {
      state = .ended
      line = []
      body = []
      return .refused(error)
    }
  }

  private mutating func read(_ bytes: some Collection<UInt8>) throws(WebhookRefusal) -> Progress {
    var index = bytes.startIndex
    while true {
      switch state {
      case .requestLine, .fields:
        guard index < bytes.endIndex else { return .readingHead }
        try readHead(bytes[index])
        bytes.formIndex(after: &index)
      case .body(let promise):
        let part = bytes[index...].prefix(promise.bodyBytes - body.count)
        body.append(contentsOf: part)
        consumedBytes += part.count
        guard body.count == promise.bodyBytes else {
          return .readingBody(expectsContinue: promise.expectsContinue)
        }
        return .complete(end(promise))
      case .ended: preconditionFailure("bytes for a request that has ended")
      }
    }
  }

  private mutating func readHead(_ byte: UInt8) throws(WebhookRefusal) {
    consumedBytes += 1
    guard consumedBytes <= rules.headBytesMax else { throw .headTooLarge }
    if endsLine {
      guard byte == HTTPBytes.lineFeed else { throw .bareCarriageReturn }
      endsLine = false
      return try readLine()
    }
    switch byte {
    case HTTPBytes.carriageReturn: endsLine = true
    case HTTPBytes.lineFeed: throw .bareLineFeed
    case let byte where HTTPBytes.isControl(byte): throw .controlByte
    default: line.append(byte)
    }
  }

  private mutating func readLine() throws(WebhookRefusal) {
    switch state {
    case .requestLine:
      try HTTPRequestLine.check(line, rules)
      state = .fields
    case .fields where line.isEmpty:
      let promise = try fields.promise(rules)
      line = []
      state = .body(promise)
    case .fields:
      fieldCount += 1
      guard fieldCount <= rules.fieldsMax else { throw .tooManyFields }
      try fields.add(line)
    case .body, .ended: preconditionFailure("a line of the head after its end")
    }
    line.removeAll(keepingCapacity: true)
  }

  private mutating func end(_ promise: HTTPHeadFields.Promise) -> IncomingRequest {
    state = .ended
    let request = IncomingRequest(
      host: promise.host, contentType: promise.contentType, signature: promise.signature,
      body: body)
    body = []
    return request
  }
}
