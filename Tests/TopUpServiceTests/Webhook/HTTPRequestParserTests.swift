import Testing
import TopUpService

@Suite struct HTTPRequestParserTests {
  let rules: HTTPRequestRules

  init() throws { rules = try WebhookRequest.rules() }

  private func refusal(of bytes: [UInt8]) -> WebhookRefusal? {
    if case .refused(let refusal) = HTTPRequestParser.read(bytes, rules).progress {
      refusal
    } else {
      nil
    }
  }

  // MARK: What is taken

  @Test func `a request as Stripe sends it is read with its exact body`() throws {
    let request = WebhookRequest()
    guard case .complete(let read) = HTTPRequestParser.read(request.bytes, rules).progress else {
      Issue.record("refused")
      return
    }
    #expect(read.body == request.body)
    #expect(read.signature == Array("t=1795221906,v1=00".utf8))
    #expect(read.host == Array("hooks.example.com".utf8))
    #expect(read.contentType == Array("application/json; charset=utf-8".utf8))
  }

  @Test func `a body is any bytes, line ends and NUL among them`() {
    let body: [UInt8] = Array(0...255) + Array("\r\n\r\nPOST / HTTP/1.1\r\n".utf8)
    guard
      case .complete(let read) = HTTPRequestParser.read(WebhookRequest(body).bytes, rules).progress
    else {
      Issue.record("refused")
      return
    }
    #expect(read.body == body)
  }

  @Test(arguments: [
    "Content-Type: application/json", "content-type:application/json;charset=UTF-8",
    "Content-Type: \t Application/JSON ; charset=utf-8 \t",
    "Content-Type: application/json; charset=\"utf-8\"",
    "HOST: Hooks.Example.COM", "Host: hooks.example.com:443", "Host: 10.0.0.7:8080",
    "X-Anything: \u{E4}\u{F6} caf\u{E9} \t and a tab", "X-Empty:", "Connection: keep-alive",
    "Content_Length: 7", "Stripe-Signature: ",
  ])
  func `spelling that means the same is taken`(field: String) {
    let request = WebhookRequest().replacing(field)
    let progress = HTTPRequestParser.read(request.bytes, rules).progress
    guard case .complete = progress else {
      Issue.record("\(progress)")
      return
    }
  }

  @Test func `an empty body ends with the head`() {
    let request = WebhookRequest("")
    let (progress, consumed) = HTTPRequestParser.read(request.bytes, rules)
    guard case .complete(let read) = progress else {
      Issue.record("\(progress)")
      return
    }
    #expect(read.body.isEmpty)
    #expect(consumed == request.head.count)
  }

  @Test func `a missing signature is not the parser's business`() {
    let request = WebhookRequest(signature: nil)
    guard case .complete(let read) = HTTPRequestParser.read(request.bytes, rules).progress else {
      Issue.record("refused")
      return
    }
    #expect(read.signature == nil)
  }

  @Test func `a peer that waits for leave is known when its head has ended`() {
    let request = WebhookRequest().adding("Expect: 100-Continue")
    let (progress, consumed) = HTTPRequestParser.read(request.head, rules)
    #expect(progress == .readingBody(expectsContinue: true))
    #expect(consumed == request.head.count)
  }

  @Test func `what follows the body is left unread`() {
    let bytes = WebhookRequest("{}").bytes
    let (progress, consumed) = HTTPRequestParser.read(bytes + bytes, rules)
    guard case .complete(let read) = progress else {
      Issue.record("\(progress)")
      return
    }
    #expect(read.body == Array("{}".utf8))
    #expect(consumed == bytes.count)
  }

  // MARK: What is refused

  @Test(arguments: HostileRequest.table)
  func `each row of the table has its own refusal and status`(hostile: HostileRequest) {
    #expect(refusal(of: hostile.bytes) == hostile.refusal)
    #expect(hostile.refusal.status.rawValue == hostile.status)
  }

  @Test func `the table shows every refusal that a request alone can earn`() {
    let shown = Set(HostileRequest.table.map(\.refusal))
    let others: Set<WebhookRefusal> = [
      .headTimeout, .bodyTimeout, .bodyTooSlow, .buffersFull, .rateLimited, .answerTimeout,
    ]
    #expect(shown.union(others) == Set(WebhookRefusal.allCases))
    #expect(shown.isDisjoint(with: others))
  }

  @Test(arguments: HostileRequest.experiment)
  func `the hostile requests of the experiment end as they should`(hostile: HostileRequest) {
    #expect(refusal(of: hostile.bytes) == hostile.refusal)
    #expect(hostile.refusal.status.rawValue == hostile.status)
  }

  @Test func `the experiment has its 33 requests`() {
    #expect(HostileRequest.experiment.count == 33)
    #expect(Set(HostileRequest.experiment.map(\.bytes)).count == 33)
  }

  @Test func `the order of fields changes no verdict`() {
    let faulty = [
      WebhookRequest(), WebhookRequest().adding("Transfer-Encoding: chunked"),
      WebhookRequest().replacing("Content-Type: text/plain").adding("Upgrade: h2c"),
      WebhookRequest().replacing("Host: other.example").adding("Expect: 200-ok"),
      WebhookRequest().without("Content-Length").adding("Content-Encoding: gzip"),
    ]
    for request in faulty {
      var reversed = request
      reversed.fields.reverse()
      let expected = HTTPRequestParser.read(request.bytes, rules).progress
      #expect(HTTPRequestParser.read(reversed.bytes, rules).progress == expected)
    }
  }

  // MARK: Cuts

  @Test(arguments: HostileRequest.cutSamples)
  func `where the bytes are cut changes nothing`(bytes: [UInt8]) {
    let whole = HTTPRequestParser.read(bytes, rules)
    let single = HTTPRequestParser.read(bytes, rules, partBytes: 1)
    #expect(single.progress == whole.progress)
    #expect(single.consumed == whole.consumed)
    for cut in 1..<bytes.count {
      var parser = HTTPRequestParser(rules)
      var progress = parser.receive(bytes[..<cut])
      switch progress {
      case .complete, .refused: break
      case .readingHead, .readingBody: progress = parser.receive(bytes[cut...])
      }
      #expect(progress == whole.progress, "cut at \(cut)")
      #expect(parser.consumedBytes == whole.consumed, "cut at \(cut)")
    }
  }

  @Test func `every proper prefix of a request waits for more`() {
    let bytes = WebhookRequest("{\"id\":1}").bytes
    for length in 1..<bytes.count {
      switch HTTPRequestParser.read(Array(bytes[..<length]), rules).progress {
      case .readingHead, .readingBody: break
      case .complete, .refused: Issue.record("\(length) bytes are no request")
      }
    }
  }

  // MARK: Limits, at their edge and one past it

  @Test func `a body may have the limit's bytes and not one more`() throws {
    let rules = try WebhookRequest.rules(bodyBytesMax: 100)
    let full = WebhookRequest([UInt8](repeating: 7, count: 100))
    guard case .complete(let read) = HTTPRequestParser.read(full.bytes, rules).progress else {
      Issue.record("refused at the limit")
      return
    }
    #expect(read.body.count == 100)
    // Refused by its length alone: none of the body is there yet.
    let over = WebhookRequest([UInt8](repeating: 7, count: 101))
    #expect(HTTPRequestParser.read(over.head, rules).progress == .refused(.bodyTooLarge))
  }

  @Test func `a head may have the limit's bytes and not one more`() throws {
    let request = WebhookRequest()
    let exact = try WebhookRequest.rules(headBytesMax: request.head.count)
    guard case .complete = HTTPRequestParser.read(request.bytes, exact).progress else {
      Issue.record("refused at the limit")
      return
    }
    let short = try WebhookRequest.rules(headBytesMax: request.head.count - 1)
    let (progress, consumed) = HTTPRequestParser.read(request.bytes, short)
    #expect(progress == .refused(.headTooLarge))
    #expect(consumed == request.head.count)
  }

  @Test func `a head may have the limit's fields and not one more`() throws {
    let request = WebhookRequest()
    let exact = try WebhookRequest.rules(fieldsMax: request.fields.count)
    guard case .complete = HTTPRequestParser.read(request.bytes, exact).progress else {
      Issue.record("refused at the limit")
      return
    }
    let short = try WebhookRequest.rules(fieldsMax: request.fields.count - 1)
    #expect(HTTPRequestParser.read(request.bytes, short).progress == .refused(.tooManyFields))
  }

  @Test func `an endless line is refused once the head's limit is passed`() {
    let endless = [UInt8](repeating: UInt8(ascii: "A"), count: 100_000)
    let (progress, consumed) = HTTPRequestParser.read(endless, rules)
    #expect(progress == .refused(.headTooLarge))
    #expect(consumed == 8193)
  }
}
