import TopUpService

/// Requests that are in order or nearly so, the same ones from the same seed.
struct Corpus {
  /// SplitMix64 (Steele, Lea, Flood, 2014): small, and good enough to choose mutations.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// Bytes on which readers of HTTP disagree most readily.
  private static let sharpBytes: [UInt8] =
    Array("\r\n\t :;,\"\\/?#%+-0129afxAFHT[](){}@=*".utf8)
    + [0x00, 0x01, 0x0B, 0x0C, 0x1F, 0x7F, 0x80, 0x85, 0xA0, 0xC3, 0xFF]

  /// Lines that change what a request means where they are believed.
  private static let sharpLines = [
    "Content-Length: 0", "Content-Length: 1", "Content-Length:2", "content-length: 10",
    "Content-Length: +5", "Content-Length: 0x5", "Content-Length: 5, 5", "Content-Length : 5",
    "Content-Length:", "Transfer-Encoding: chunked", "Transfer-Encoding: identity",
    "Transfer-Encoding:", "transfer-encoding:\tchunked", "TE: trailers", "Trailer: X-A",
    "Host: hooks.example.com", "Host: other.example", "Host:", "Upgrade: h2c",
    "Connection: close", "Connection: keep-alive", "Connection: upgrade", "Expect: 100-continue",
    "Expect: nothing", "Content-Type: text/plain", "Content-Encoding: gzip", "X-A: b", "X-A:",
    "X A: b", "X-A : b", " X-A: b", "\tX-A: b", ": b", "X-A", "X-\u{E4}: b", "X-A: caf\u{E9}",
    "X-Long: " + String(repeating: "x", count: 300), "Proxy-Connection: close", "",
  ]

  private static let requestLines = [
    "POST /webhooks/stripe HTTP/1.1", "POST /webhooks/stripe HTTP/1.0",
    "POST  /webhooks/stripe HTTP/1.1", "POST /webhooks/stripe  HTTP/1.1",
    "POST /webhooks/stripe HTTP/1.1 ", "GET /webhooks/stripe HTTP/1.1",
    "POST /webhooks/stripe", "POST http://hooks.example.com/webhooks/stripe HTTP/1.1",
    "post /webhooks/stripe HTTP/1.1", "POST /webhooks/stripe?a HTTP/1.1", "PRI * HTTP/2.0",
  ]

  private var generator: Generator

  init(seed: UInt64) { generator = Generator(state: seed) }

  /// The next input: mostly one request, at times with something behind it.
  mutating func next() -> [UInt8] {
    var request = WebhookRequest(body())
    if chance(4) { request = request.replacing("Content-Type: application/json") }
    if chance(6) { request = request.adding("Expect: 100-continue") }
    if chance(4) { request.fields.shuffle(using: &generator) }
    for _ in 0..<pick(3) { mutateFields(&request) }
    var bytes = request.bytes
    for _ in 0..<[0, 0, 1, 1, 2, 4][pick(6)] { mutateBytes(&bytes) }
    if chance(8) { bytes += WebhookRequest(body()).bytes }
    return bytes
  }

  private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

  private mutating func chance(_ oneIn: Int) -> Bool { pick(oneIn) == 0 }

  private mutating func body() -> [UInt8] {
    switch pick(5) {
    case 0: []
    case 1: (0..<pick(64)).map { _ in UInt8(truncatingIfNeeded: pick(256)) }
    case 2: Array("0\r\n\r\nPOST /webhooks/stripe HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    default: WebhookRequest.event
    }
  }

  private mutating func mutateFields(_ request: inout WebhookRequest) {
    switch pick(8) {
    case 0:
      request.fields.insert(
        Self.sharpLines[pick(Self.sharpLines.count)], at: pick(request.fields.count + 1))
    case 1: request.line = Self.requestLines[pick(Self.requestLines.count)]
    case 2 where !request.fields.isEmpty: request.fields.remove(at: pick(request.fields.count))
    case 3 where !request.fields.isEmpty:
      request.fields.append(request.fields[pick(request.fields.count)])
    case 4: request = request.replacing("Content-Length: \(pick(request.body.count + 3))")
    case 5:
      let index = pick(max(request.fields.count, 1))
      if index < request.fields.count {
        request.fields[index] = request.fields[index].replacing(
          ":", with: [":", ": \t", " :"][pick(3)])
      }
    default: break
    }
  }

  private mutating func mutateBytes(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let index = pick(bytes.count)
    let sharp = Self.sharpBytes[pick(Self.sharpBytes.count)]
    switch pick(7) {
    case 0: bytes[index] = sharp
    case 1: bytes.insert(sharp, at: index)
    case 2: bytes.remove(at: index)
    case 3: bytes[index] ^= 1 << UInt8(pick(8))
    case 4: bytes.removeLast(min(bytes.count, pick(40)))
    case 5:
      let end = min(bytes.count, index + pick(40))
      bytes.insert(contentsOf: bytes[index..<end], at: pick(bytes.count))
    default: bytes.append(contentsOf: (0..<pick(8)).map { _ in sharp })
    }
  }
}
