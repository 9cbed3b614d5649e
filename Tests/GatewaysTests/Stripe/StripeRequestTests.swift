import Testing
import TopUpCore

@testable import Gateways

@Suite struct StripeRequestTests {
  let configuration: StripeConfiguration

  init() throws {
    configuration = try StripeConfiguration(
      key: StripeFixtures.key, livemode: false, baseURL: "https://api.stripe.com/")
  }

  @Test func `a POST carries key, version, idempotency key and type, even without parameters`()
    throws
  {
    let request = StripeRequest.post("payment_methods", "pm_1", "detach", key: "k:1")
    let http = try #require(request.http(configuration))
    #expect(http.method == .post)
    #expect(http.url == "https://api.stripe.com/v1/payment_methods/pm_1/detach")
    #expect(
      http.headers == [
        HTTPField("Authorization", "Bearer rk_test_Zx81"),
        HTTPField("Stripe-Version", "2026-10-28.endive"),
        HTTPField("Content-Type", "application/x-www-form-urlencoded"),
        HTTPField("Idempotency-Key", "k:1"),
      ])
    #expect(http.body.isEmpty)
    #expect(http.timeout == configuration.writeTimeout)
  }

  @Test func `a GET has its parameters in the query and no idempotency key`() throws {
    var form = StripeForm()
    form.add("created", "gte", value: .integer(5))
    let http = try #require(StripeRequest.get("events", form: form).http(configuration))
    #expect(http.url == "https://api.stripe.com/v1/events?created%5Bgte%5D=5")
    #expect(http.header("Idempotency-Key") == nil)
    #expect(http.body.isEmpty)
    #expect(http.timeout == configuration.readTimeout)
  }

  @Test func `an id stays within its segment of the path`() throws {
    let http = try #require(
      StripeRequest.get("payment_intents", "pi_1/confirm?x=#").http(configuration))
    #expect(http.url == "https://api.stripe.com/v1/payment_intents/pi_1%2Fconfirm%3Fx%3D%23")
  }

  @Test(arguments: ["", ".", ".."])
  func `an id that would name another thing is not sent`(id: String) async throws {
    #expect(StripeRequest.get("payment_intents", id).http(configuration) == nil)
    let transport = ScriptedTransport()
    let result = try await StripeFixtures.client(transport).intent(PaymentIntentID(id))
    guard case .refused(let refusal) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(refusal.kind == .invalid)
    #expect(transport.requests.isEmpty)
  }

  @Test(arguments: ["", "a b", "a\r\nb", "\u{e9}", String(repeating: "k", count: 256)])
  func `a key that Stripe would not take is not sent`(key: String) {
    #expect(
      StripeRequest.post("refunds", key: IdempotencyKey(key)).http(configuration) == nil)
  }
}
