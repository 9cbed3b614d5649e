import Testing
import TopUpCore

@testable import Gateways

@Suite struct RequestPolicyTests {
  @Test(arguments: [
    "https://api.stripe.com/v1/balance", "HTTPS://api.stripe.com", "https://[2001:db8::1]:8443/x",
    "http://127.0.0.1:8080/", "http://127.200.3.4/", "http://[::1]:9944", "http://localhost/x?y#z",
    "http://LOCALHOST/",
  ])
  func `TLS anywhere and plain HTTP to loopback pass`(url: String) throws {
    try RequestPolicy.check(url: url, allowsPlainHTTP: false)
  }

  @Test(arguments: [
    "http://api.stripe.com/", "http://10.0.0.1/", "http://127.0.0.1.evil.test/",
    "http://localhost.evil.test/", "http://127.1/", "http://0127.0.0.1/", "http://127.0.0.01/",
    "http://127.0.0.256/", "http://[::2]/", "http://0.0.0.0/", "http://+127.0.0.1/",
  ])
  func `plain HTTP beyond loopback is refused unless allowed`(url: String) throws {
    #expect(throws: RequestPolicy.Refusal.self) {
      try RequestPolicy.check(url: url, allowsPlainHTTP: false)
    }
    try RequestPolicy.check(url: url, allowsPlainHTTP: true)
  }

  @Test(arguments: [
    "", "api.stripe.com", "https:/x", "https://", "https:///x", "https://:443/", "https://a:b/",
    "https://a:0/", "https://a:65536/", "https://a:/", "https://[::1", "https://[::1]x/",
    "https://a b/", "https://a/\r\nX: 1", "https://a\\b/", "https://a/\u{e9}", "https://a/\u{7f}",
  ])
  func `a URL of another shape is refused`(url: String) {
    #expect(throws: RequestPolicy.Refusal.malformedURL) {
      try RequestPolicy.check(url: url, allowsPlainHTTP: true)
    }
  }

  @Test func `other schemes and credentials in the URL are refused`() {
    #expect(throws: RequestPolicy.Refusal.scheme("file")) {
      try RequestPolicy.check(url: "file:///etc/passwd", allowsPlainHTTP: true)
    }
    #expect(throws: RequestPolicy.Refusal.credentialsInURL) {
      try RequestPolicy.check(url: "https://sk_live_1:@api.stripe.com/", allowsPlainHTTP: true)
    }
    #expect(throws: RequestPolicy.Refusal.credentialsInURL) {
      try RequestPolicy.check(url: "http://127.0.0.1@evil.test/", allowsPlainHTTP: true)
    }
  }

  @Test(arguments: [("X Y", "1"), ("", "1"), ("X:", "1"), ("X\r", "1"), ("\u{e9}", "1")])
  func `a field's name must be a token`(name: String, value: String) {
    #expect(throws: RequestPolicy.Refusal.headerName) {
      try RequestPolicy.check(request([HTTPField(name, value)]), allowsPlainHTTP: false)
    }
  }

  @Test(arguments: ["a\r\nB: c", "a\nb", "a\0b", "\u{e9}", "a\tb"])
  func `a field's value holds visible ASCII and blanks only`(value: String) {
    #expect(throws: RequestPolicy.Refusal.headerValue(name: "X")) {
      try RequestPolicy.check(request([HTTPField("X", value)]), allowsPlainHTTP: false)
    }
  }

  @Test func `a GET with a body and a request without time are refused`() {
    var get = request([])
    get.body = [1]
    #expect(throws: RequestPolicy.Refusal.bodyOnGET) {
      try RequestPolicy.check(get, allowsPlainHTTP: false)
    }
    var late = request([])
    late.timeout = .zero
    #expect(throws: RequestPolicy.Refusal.noTime) {
      try RequestPolicy.check(late, allowsPlainHTTP: false)
    }
  }

  private func request(_ headers: [HTTPField]) -> HTTPRequest {
    HTTPRequest(.get, "https://a/", headers: headers, timeout: .seconds(1))
  }
}
