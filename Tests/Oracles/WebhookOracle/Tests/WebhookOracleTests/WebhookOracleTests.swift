import Testing
import TopUpService

/// Whatever our parser accepts, llhttp accepts, with the same body: then no ingress that is built
/// on a strict parser cuts a stream of requests otherwise than we do.
@Suite struct WebhookOracleTests {
  private static let inputsPerSeed = 10_000

  @Test(arguments: UInt64(1)...4)
  func `what is accepted here is accepted by llhttp with the same body`(seed: UInt64) throws {
    let rules = try WebhookRequest.rules()
    var corpus = Corpus(seed: seed)
    var acceptedCount = 0
    var refusals: Set<WebhookRefusal> = []
    for index in 0..<Self.inputsPerSeed {
      let bytes = corpus.next()
      let (progress, consumed) = HTTPRequestParser.read(bytes, rules)
      switch progress {
      case .readingHead, .readingBody: continue
      case .refused(let refusal): refusals.insert(refusal)
      case .complete(let request):
        acceptedCount += 1
        let expected = LLHTTP.Request(
          method: "POST", uri: "/webhooks/stripe", version: "HTTP/1.1",
          contentLengths: ["\(request.body.count)"], isChunked: false,
          hosts: [String(decoding: request.host, as: UTF8.self)], body: request.body)
        // Once with all that follows, once with the bytes that we took for the request alone.
        for part in [bytes, Array(bytes[..<consumed])] {
          let seen = LLHTTP.firstRequest(part)
          #expect(seen == expected, "input \(index): \(String(decoding: bytes, as: UTF8.self))")
        }
      }
    }
    // The corpus is worth something only if much of it is accepted and it meets most refusals.
    #expect(acceptedCount > Self.inputsPerSeed / 5, "\(acceptedCount)")
    #expect(refusals.count > 20, "\(refusals.count)")
  }

  @Test func `llhttp refuses what is told by it to be refused`() {
    // That the oracle sees errors at all: it must not take what no parser should.
    let bytes = WebhookRequest("{}").adding("Content-Length: 3").bytes
    #expect(LLHTTP.firstRequest(bytes) == nil)
    #expect(LLHTTP.firstRequest(WebhookRequest("{}").bytes)?.body == Array("{}".utf8))
    #expect(LLHTTP.firstRequest(Array(WebhookRequest("{}").bytes.dropLast())) == nil)
  }
}
