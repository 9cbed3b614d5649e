import ProtobufRuntime
import StrictJSON
import Testing
import TopUpAPI

@testable import topupctl

/// A rule in a file.
@Suite struct PolicyFileTests {
  private func policy(_ text: String) throws -> Policy {
    try PolicyFile.policy(in: text, of: "rule.json")
  }

  private func refusal(_ text: String) -> String? {
    do {
      _ = try policy(text)
      return nil
    } catch { return (error as? UsageError)?.message }
  }

  private static var full: Policy {
    var policy = Policy(
      account: Account(kind: .credits(CreditsAccount(tenant: "acme", user: "u1"))),
      payer: Payer(tenant: "acme", user: "u1"), enabled: true, threshold: "500",
      amount: .refillTo("900"), currency: "EUR")
    policy.minPerTopUp = Money(minorUnits: 50, currency: "EUR")
    policy.maxPerTopUp = Money(minorUnits: 5_000, currency: "EUR")
    policy.day = Cap(count: 3, amount: Money(minorUnits: 9_000, currency: "EUR"))
    policy.month = Cap(count: 9)
    policy.timeZone = "Europe/Berlin"
    policy.rearmMargin = "7"
    policy.cooldown = .init(seconds: 3_600)
    policy.lowCooldown = .init(seconds: 1, nanos: 500_000_000)
    policy.minRunway = .init(seconds: 60)
    policy.arriveBeforeEmpty = .init(seconds: 90)
    policy.schedules = [
      Schedule(
        dayOfMonth: 31, minuteOfDay: 570, amount: Money(minorUnits: 2_500, currency: "EUR")),
      Schedule(dayOfMonth: 1, minuteOfDay: 0, amount: Money(minorUnits: 700, currency: "EUR")),
    ]
    policy.paymentMethodIDs = ["pm_1", "pm_2"]
    policy.slippageBasisPoints = 150
    return policy
  }

  @Test func `what policy get prints is read back, apart from what the server sets`() throws {
    var printed = Self.full
    printed.version = 7
    printed.updatedAt = .init(seconds: 1_795_000_000)
    #expect(try policy(GetPolicyResponse(policy: printed).json.prettyText) == Self.full)
    #expect(try policy(printed.json.text) == Self.full)
    var fixed = Self.full
    fixed.account = Account(kind: .ddc(DDCAccount(clusterID: "0x07", owner: "6UJ")))
    fixed.amount = .fixed(Money(minorUnits: 2_500, currency: "USD"))
    fixed.currency = ""
    #expect(try policy(fixed.json.text) == fixed)
  }

  @Test func `a member that is not understood is named, not left out`() {
    #expect(refusal(#"{"threshold":"5","treshold":"6"}"#)?.contains("\"treshold\"") == true)
    #expect(refusal(#"{"threshold":5}"#)?.contains("\"threshold\"") == true)
    #expect(refusal(#"{"cooldown":"soon"}"#)?.contains("\"cooldown\"") == true)
    #expect(refusal(#"{"day":{"count":3,"hours":1}}"#)?.contains("\"day\"") == true)
    #expect(refusal(#"{"fixed":{"minorUnits":"5","currency":"USD"},"refillTo":"7"}"#) != nil)
  }

  @Test func `what is no rule at all is refused with its reason`() {
    #expect(refusal("threshold: 5")?.contains("is no JSON") == true)
    #expect(refusal("[1]")?.contains("does not hold a rule") == true)
    #expect(throws: UsageError.self) { try PolicyFile.policy(at: "/nonexistent/rule.json") }
  }
}
