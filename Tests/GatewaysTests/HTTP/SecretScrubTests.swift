import Testing

@testable import Gateways

@Suite struct SecretScrubTests {
  @Test(arguments: [
    ("Invalid API Key provided: sk_test_****1234.", "Invalid API Key provided: (secret)."),
    ("'rk_live_abc'", "'(secret)'"), ("(whsec_1)", "((secret))"),
    ("pi_1_secret_Zx81 and seti_2_secret_x", "(secret) and (secret)"),
    ("No such payment_intent: 'pi_1'", "No such payment_intent: 'pi_1'"),
    ("the risk_level of desk_1", "the risk_level of desk_1"), ("", ""), ("sk_", "(secret)"),
  ])
  func `keys and client secrets are taken out and nothing else`(text: String, shown: String) {
    #expect(SecretScrub.text(text) == shown)
  }

  @Test func `a long message is cut`() {
    #expect(SecretScrub.text(String(repeating: "x", count: 1000)).count == 500)
  }
}
