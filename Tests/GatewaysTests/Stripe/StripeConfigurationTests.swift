import Testing
import TopUpCore

@testable import Gateways

@Suite struct StripeConfigurationTests {
  @Test func `a key must be of the configured mode`() throws {
    _ = try StripeConfiguration(key: Secret("rk_live_1"), livemode: true)
    _ = try StripeConfiguration(key: Secret("sk_test_1"), livemode: false)
    for kind in ["sk", "rk"] {
      #expect(throws: StripeConfigurationError.keyOfOtherMode(keyIsLive: true)) {
        try StripeConfiguration(key: Secret("\(kind)_live_1"), livemode: false)
      }
      #expect(throws: StripeConfigurationError.keyOfOtherMode(keyIsLive: false)) {
        try StripeConfiguration(key: Secret("\(kind)_test_1"), livemode: true)
      }
    }
  }

  @Test func `what is no secret key is refused`() {
    #expect(throws: StripeConfigurationError.publishableKey) {
      try StripeConfiguration(key: Secret("pk_live_1"), livemode: true)
    }
    for key in ["", "whsec_1", "sk_", "sk_test_1\n", "sk_test_\u{e9}", " sk_test_1"] {
      #expect(throws: StripeConfigurationError.malformedKey) {
        try StripeConfiguration(key: Secret(key), livemode: false)
      }
    }
  }

  @Test func `a live key travels over TLS only, even to loopback`() throws {
    #expect(throws: StripeConfigurationError.liveKeyWithoutTLS) {
      try StripeConfiguration(
        key: Secret("rk_live_1"), livemode: true, baseURL: "http://127.0.0.1:12111")
    }
    _ = try StripeConfiguration(
      key: Secret("rk_test_1"), livemode: false, baseURL: "http://127.0.0.1:12111")
  }

  @Test(arguments: [
    "", "api.stripe.com", "https://api.stripe.com?x", "https://api.stripe.com/#",
    "https://u:p@api.stripe.com", "ftp://api.stripe.com",
  ])
  func `a base URL must be one`(url: String) {
    #expect(throws: StripeConfigurationError.malformedBaseURL) {
      try StripeConfiguration(key: Secret("rk_test_1"), livemode: false, baseURL: url)
    }
  }

  @Test func `nothing that prints a configuration shows the key`() throws {
    let configuration = try StripeConfiguration(key: Secret("rk_test_Zx81"), livemode: false)
    #expect(!"\(configuration)".contains("Zx81"))
    #expect(!String(reflecting: configuration).contains("Zx81"))
  }
}
