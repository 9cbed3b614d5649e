import Testing
import TopUpService

/// A request that is to be refused, and how.
struct HostileRequest: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  let refusal: WebhookRefusal
  let status: Int

  var testDescription: String { name }

  init(_ name: String, _ bytes: [UInt8], _ refusal: WebhookRefusal, _ status: Int) {
    self.name = name
    self.bytes = bytes
    self.refusal = refusal
    self.status = status
  }

  init(_ name: String, _ request: WebhookRequest, _ refusal: WebhookRefusal, _ status: Int) {
    self.init(name, request.bytes, refusal, status)
  }

  init(_ name: String, _ text: String, _ refusal: WebhookRefusal, _ status: Int) {
    self.init(name, Array(text.utf8), refusal, status)
  }

  private static let request = WebhookRequest("{}")
  private static func line(_ line: String) -> WebhookRequest { request.with(line: line) }
  private static func field(_ field: String) -> WebhookRequest { request.adding(field) }
  private static func length(_ value: String) -> WebhookRequest {
    request.replacing("Content-Length:\(value)")
  }

  // MARK: facts/operations §3, row by row

  static let table: [HostileRequest] =
    requestLines + hosts + media + lengths + syntax + room + versions + expectations

  private static let requestLines: [HostileRequest] = [
    .init("GET", line("GET /webhooks/stripe HTTP/1.1"), .methodNotAllowed, 405),
    .init("OPTIONS *", line("OPTIONS * HTTP/1.1"), .methodNotAllowed, 405),
    .init("method in lower case", line("post /webhooks/stripe HTTP/1.1"), .methodNotAllowed, 405),
    .init("unknown method", line("BREW /webhooks/stripe HTTP/1.1"), .methodNotAllowed, 405),
    .init("other path", line("POST / HTTP/1.1"), .pathUnknown, 404),
    .init("path with more", line("POST /webhooks/stripe/ HTTP/1.1"), .pathUnknown, 404),
    .init("path cut short", line("POST /webhooks/strip HTTP/1.1"), .pathUnknown, 404),
    .init("path spelt otherwise", line("POST /webhooks/%73tripe HTTP/1.1"), .pathUnknown, 404),
    .init("path with dots", line("POST /webhooks/./stripe HTTP/1.1"), .pathUnknown, 404),
    .init("query", line("POST /webhooks/stripe?a=b HTTP/1.1"), .queryPresent, 404),
    .init("empty query", line("POST /webhooks/stripe? HTTP/1.1"), .queryPresent, 404),
  ]

  private static let hosts: [HostileRequest] = [
    .init("Host missing", request.without("Host"), .hostMissing, 400),
    .init("Host twice", field("Host: hooks.example.com"), .hostDuplicate, 400),
    .init("Host empty", request.replacing("Host:"), .hostMalformed, 400),
    .init("Host with a path", request.replacing("Host: a/b"), .hostMalformed, 400),
    .init("Host with userinfo", request.replacing("Host: a@b"), .hostMalformed, 400),
    .init("Host with no port", request.replacing("Host: a:"), .hostMalformed, 400),
    .init("Host with a long port", request.replacing("Host: a:123456"), .hostMalformed, 400),
    .init("Host in an open bracket", request.replacing("Host: [::1"), .hostMalformed, 400),
    .init("Host behind a bracket", request.replacing("Host: [::1]x"), .hostMalformed, 400),
    .init("Host not listed", request.replacing("Host: other.example"), .hostUnknown, 421),
    .init("Host by address", request.replacing("Host: [::1]:80"), .hostUnknown, 421),
    .init("Host listed otherwise", request.replacing("Host: 10.0.0.7:81"), .hostUnknown, 421),
  ]

  private static let media: [HostileRequest] =
    [
      "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1",
      "application/json; charset=utf-8; a=b", "application/json;", "application/jsonp",
      "application/json, text/plain", "",
    ].map {
      .init(
        "type \($0)", request.replacing("Content-Type: \($0)"), .contentTypeUnsupported, 415)
    } + [
      .init("type missing", request.without("Content-Type"), .contentTypeUnsupported, 415),
      .init("type twice", field("Content-Type: application/json"), .fieldDuplicate, 400),
      .init("signature twice", field("Stripe-Signature: t=1,v1=00"), .fieldDuplicate, 400),
      .init("gzip", field("Content-Encoding: gzip"), .contentEncodingPresent, 415),
      .init("identity", field("Content-Encoding: identity"), .contentEncodingPresent, 415),
    ]

  private static let lengths: [HostileRequest] =
    [
      .init("no length", request.without("Content-Length"), .lengthRequired, 411),
      .init(
        "chunked",
        request.without("Content-Length").adding(
          "Transfer-Encoding: chunked"), .lengthRequired, 411),
      .init(
        "gzip, chunked",
        request.without("Content-Length").adding("Transfer-Encoding: gzip, chunked"),
        .transferEncodingUnsupported, 501),
      .init(
        "empty coding", request.without("Content-Length").adding("Transfer-Encoding:"),
        .transferEncodingUnsupported, 501),
      .init(
        "length and coding", field("Transfer-Encoding: chunked"), .lengthAndTransferEncoding, 400),
      .init(
        "length and no coding", field("Transfer-Encoding: identity"), .lengthAndTransferEncoding,
        400),
      .init("length twice", field("Content-Length: 2"), .contentLengthDuplicate, 400),
      .init("length of 262145", length("262145"), .bodyTooLarge, 413),
      .init("length of Int.max", length("9223372036854775807"), .bodyTooLarge, 413),
    ]
    + [
      "2, 2", "2,2", "+2", "-2", "0x2", "2.0", "2e0", "", "\t", "2 2", "02", "00", "two",
      "9223372036854775808", "18446744073709551618", "\u{FF12}",
    ].map { .init("length of \($0)", length($0), .contentLengthMalformed, 400) }

  private static let syntax: [HostileRequest] = [
    .init("bare LF", request.bytes.filter { $0 != 0x0D }, .bareLineFeed, 400),
    .init("bare LF in a value", field("X-A: b\nc"), .bareLineFeed, 400),
    .init("LF first", "\n", .bareLineFeed, 400),
    .init("bare CR in a value", field("X-A: b\rc"), .bareCarriageReturn, 400),
    .init("CR CR LF", field("X-A: b\r"), .bareCarriageReturn, 400),
    .init("an empty line first", "\r\n", .malformedRequestLine, 400),
    .init("folded field", field("X-A: b\r\n c"), .foldedField, 400),
    .init("folded by a tab", field("X-A: b\r\n\tc"), .foldedField, 400),
    .init("blank before the fields", "\(request.line)\r\n Host: a\r\n", .foldedField, 400),
    .init("space before the colon", field("X-A : b"), .spaceBeforeColon, 400),
    .init("tab before the colon", field("Content-Length\t: 2"), .spaceBeforeColon, 400),
    .init("NUL in a value", field("X-A: b\0c"), .controlByte, 400),
    .init("NUL in a name", field("X\0A: b"), .controlByte, 400),
    .init("DEL in a value", field("X-A: b\u{7F}"), .controlByte, 400),
    .init("escape in a value", field("X-A: \u{1B}[2J"), .controlByte, 400),
    .init("a TLS hello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01], .controlByte, 400),
    .init("no colon", field("X-A"), .malformedFieldName, 400),
    .init("no name", field(": b"), .malformedFieldName, 400),
    .init("blank within a name", field("X A: b"), .malformedFieldName, 400),
    .init("name with parentheses", field("X(A): b"), .malformedFieldName, 400),
    .init("name beyond ASCII", field("X-\u{E4}: b"), .malformedFieldName, 400),
    .init("no target", line("POST  HTTP/1.1"), .malformedRequestLine, 400),
    .init("two blanks", line("POST  /webhooks/stripe HTTP/1.1"), .malformedRequestLine, 400),
    .init("blank at the end", line("POST /webhooks/stripe HTTP/1.1 "), .malformedRequestLine, 400),
    .init("tabs for blanks", line("POST\t/webhooks/stripe\tHTTP/1.1"), .malformedRequestLine, 400),
    .init("bad method", line("PO(ST /webhooks/stripe HTTP/1.1"), .malformedRequestLine, 400),
    .init("no method", line(" /webhooks/stripe HTTP/1.1"), .malformedRequestLine, 400),
    .init("target beyond ASCII", line("POST /\u{E4} HTTP/1.1"), .malformedRequestLine, 400),
    .init("fragment", line("POST /webhooks/stripe#a HTTP/1.1"), .malformedRequestLine, 400),
    .init("version in lower case", line("POST /a http/1.1"), .malformedRequestLine, 400),
    .init("version of one digit", line("POST /a HTTP/2"), .malformedRequestLine, 400),
    .init("version of three digits", line("POST /a HTTP/1.10"), .malformedRequestLine, 400),
  ]

  private static let room: [HostileRequest] = [
    .init(
      "head of 9 kB", field("X-A: " + String(repeating: "b", count: 9000)), .headTooLarge, 431),
    .init(
      "target of 9 kB", line("POST /" + String(repeating: "b", count: 9000) + " HTTP/1.1"),
      .headTooLarge, 431),
    .init(
      "65 fields", (0..<65).reduce(request) { $0.adding("X-\($1): b") },
      .tooManyFields, 431),
  ]

  private static let versions: [HostileRequest] = [
    .init("HTTP/1.0", line("POST /webhooks/stripe HTTP/1.0"), .versionUnsupported, 505),
    .init("HTTP/1.2", line("POST /webhooks/stripe HTTP/1.2"), .versionUnsupported, 505),
    .init("HTTP/0.9", "GET /webhooks/stripe\r\n", .versionUnsupported, 505),
    .init("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .versionUnsupported, 505),
    .init("Upgrade", field("Upgrade: websocket"), .upgradePresent, 400),
    .init("CONNECT", line("CONNECT hooks.example.com:443 HTTP/1.1"), .connectMethod, 400),
    .init(
      "absolute form", line("POST http://hooks.example.com/webhooks/stripe HTTP/1.1"),
      .targetForm, 400),
    .init("asterisk form", line("POST * HTTP/1.1"), .targetForm, 400),
  ]

  private static let expectations: [HostileRequest] = [
    .init("Expect something", field("Expect: 200-ok"), .expectationFailed, 417),
    .init("Expect a list", field("Expect: 100-continue, a"), .expectationFailed, 417),
    .init(
      "Expect twice", field("Expect: 100-continue").adding("Expect: 100-continue"),
      .expectationFailed, 417),
    .init(
      "Expect beyond the limits", length("262145").adding("Expect: 100-continue"),
      .bodyTooLarge, 413),
  ]

  // MARK: facts/operations §3.1

  /// What two C servers were tried with; requests that were "left to the caller" there, and whose
  /// first message is in order, are here with what makes them refusable.
  static let experiment: [HostileRequest] = [
    .init("two equal lengths", field("Content-Length: 2"), .contentLengthDuplicate, 400),
    .init("two lengths", field("Content-Length: 3"), .contentLengthDuplicate, 400),
    .init("length list", length(" 2, 2"), .contentLengthMalformed, 400),
    .init("negative length", length(" -1"), .contentLengthMalformed, 400),
    .init("hex length", length(" 0x2"), .contentLengthMalformed, 400),
    .init("signed length", length(" +2"), .contentLengthMalformed, 400),
    .init("length with a blank", length(" 1 2"), .contentLengthMalformed, 400),
    .init("empty length", length(""), .contentLengthMalformed, 400),
    .init("length overflow", length(" 18446744073709551618"), .contentLengthMalformed, 400),
    .init(
      "length and chunked", field("Transfer-Encoding: chunked"), .lengthAndTransferEncoding, 400),
    .init(
      "chunked before length",
      request.without("Content-Length").adding("Transfer-Encoding: chunked").adding(
        "Content-Length: 2"), .lengthAndTransferEncoding, 400),
    .init("coding twice", coded(["chunked", "chunked"]), .transferEncodingUnsupported, 501),
    .init("xchunked", coded(["xchunked"]), .transferEncodingUnsupported, 501),
    .init("chunked, identity", coded(["chunked, identity"]), .transferEncodingUnsupported, 501),
    .init("chunk with a bare LF", coded(["chunked"], "2\n{}\n0\n\n"), .lengthRequired, 411),
    .init("chunked", coded(["chunked"], "2\r\n{}\r\n0\r\n\r\n"), .lengthRequired, 411),
    .init("request with bare LF", request.bytes.filter { $0 != 0x0D }, .bareLineFeed, 400),
    .init("space before colon", field("Content-Length : 2"), .spaceBeforeColon, 400),
    .init("obs-fold", field("X-A: b\r\n c"), .foldedField, 400),
    .init("bad name", field("X[A]: b"), .malformedFieldName, 400),
    .init("bare CR in value", field("X-A: b\rContent-Length: 9"), .bareCarriageReturn, 400),
    .init("NUL in value", field("X-A: b\0"), .controlByte, 400),
    .init("HTTP/1.2", line("POST /webhooks/stripe HTTP/1.2"), .versionUnsupported, 505),
    .init("HTTP/1.0", line("POST /webhooks/stripe HTTP/1.0"), .versionUnsupported, 505),
    .init("HTTP/0.9", "POST /webhooks/stripe\r\n", .versionUnsupported, 505),
    .init("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .versionUnsupported, 505),
    .init("Host missing", request.without("Host"), .hostMissing, 400),
    .init("Host twice", field("Host: other.example"), .hostDuplicate, 400),
    .init(
      "smuggled by a length of 0", length(" 0").adding("Transfer-Encoding: chunked"),
      .lengthAndTransferEncoding, 400),
    .init(
      "absolute form", line("POST http://evil.example/webhooks/stripe HTTP/1.1"), .targetForm, 400),
    .init("Expect", field("Expect: nonsense"), .expectationFailed, 417),
    .init("Upgrade", field("Upgrade: h2c"), .upgradePresent, 400),
    .init("CONNECT", line("CONNECT evil.example:25 HTTP/1.1"), .connectMethod, 400),
  ]

  private static func coded(_ codings: [String], _ body: String = "{}") -> WebhookRequest {
    codings.reduce(WebhookRequest(body).without("Content-Length")) {
      $0.adding("Transfer-Encoding: \($1)")
    }
  }

  // MARK: Cuts

  /// Each hostile request that is short enough to be cut everywhere, and some good ones.
  static let cutSamples: [[UInt8]] =
    (table + experiment).map(\.bytes).filter { $0.count < 2000 }
    + [
      request.bytes, request.bytes + request.bytes, WebhookRequest("").bytes,
      field("Expect: 100-continue").bytes, WebhookRequest(Array(0...255)).bytes,
    ]
}
