import ProtobufRuntime
import RPCCore
import Testing
import TopUpAPI
import TopUpCore

@testable import TopUpService

/// A rule as callers send it: what it holds before the deposit, and what becomes of a rest.
@Suite struct PolicyReadingTests {
  private func message(_ change: (inout TopUpAPI.Policy) -> Void = { _ in }) -> TopUpAPI.Policy {
    var policy = TopUpAPI.Policy()
    policy.account = Account(
      kind: .credits(TopUpAPI.CreditsAccount(tenant: "acme", user: "u1")))
    policy.payer = TopUpAPI.Payer(tenant: "acme", user: "u1")
    policy.threshold = "100"
    policy.amount = .fixed(TopUpAPI.Money(minorUnits: 500, currency: "USD"))
    change(&policy)
    return policy
  }

  private func read(
    _ change: (inout TopUpAPI.Policy) -> Void = { _ in }
  ) throws(ServiceError) -> TopUpCore.Policy? {
    var reader = RequestReader(networks: .cere)
    let policy = reader.policy(message(change))
    try reader.finish()
    return policy
  }

  @Test func `what is not said holds risky charges, and new cards by the service's span`() throws {
    let policy = try #require(try read())
    #expect(policy.hold == HoldRule(newCard: nil, risk: .elevated, riskSpan: nil))
    #expect(policy.remainder == .reorder)
  }

  @Test func `what is said comes back as it was said`() throws {
    let policy = try #require(
      try read {
        $0.newCardHold = ProtobufDuration(seconds: 0)
        $0.riskHold = .highest
        $0.riskHoldSpan = ProtobufDuration(seconds: 3_600)
        $0.remainder = .refund
      })
    #expect(
      policy.hold == HoldRule(newCard: .zero, risk: .highest, riskSpan: .seconds(3_600)))
    let again = policy.api
    #expect(again.newCardHold == ProtobufDuration(seconds: 0) && again.riskHold == .highest)
    #expect(again.riskHoldSpan == ProtobufDuration(seconds: 3_600) && again.remainder == .refund)
    #expect(try read { $0.riskHold = .never }?.hold.risk == nil)
  }

  @Test func `a span beyond 30 days, and what is not built, are refused by their fields`() {
    let faults: [(String, (inout TopUpAPI.Policy) -> Void)] = [
      ("policy.new_card_hold", { $0.newCardHold = ProtobufDuration(seconds: 30 * 86_400 + 1) }),
      ("policy.new_card_hold", { $0.newCardHold = ProtobufDuration(seconds: -1) }),
      ("policy.risk_hold_span", { $0.riskHoldSpan = ProtobufDuration(seconds: 30 * 86_400 + 1) }),
      ("policy.risk_hold", { $0.riskHold = .unrecognized(99) }),
      ("policy.remainder", { $0.remainder = .unrecognized(99) }),
      ("policy.debt_rule", { $0.debtRule = .net }),
      ("policy.debt_rule", { $0.debtRule = .forgive }),
    ]
    for (field, change) in faults {
      do throws(ServiceError) {
        _ = try read(change)
        Issue.record("\(field) is not refused")
      } catch {
        guard case .invalid(let fields) = error else {
          Issue.record("\(field): \(error)")
          continue
        }
        #expect(fields.map(\.field) == [field])
      }
    }
  }
}
