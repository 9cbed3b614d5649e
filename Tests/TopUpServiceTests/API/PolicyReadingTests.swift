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

  private static func line(
    _ day: Int32 = 31, _ minute: Int32 = 570, _ minorUnits: Int64 = 900, _ currency: String = "USD"
  ) -> TopUpAPI.Schedule {
    TopUpAPI.Schedule(
      dayOfMonth: day, minuteOfDay: minute,
      amount: TopUpAPI.Money(minorUnits: minorUnits, currency: currency))
  }

  @Test func `a calendar and what a top-up takes come back as they were said`() throws {
    let lines = [Self.line(), Self.line(1, 0), Self.line(31, 1_439)]
    let policy = try #require(
      try read {
        $0.schedules = lines
        $0.arriveBeforeEmpty = ProtobufDuration(seconds: 0)
      })
    #expect(
      policy.schedules.map(\.label) == [
        "day 31 at 09:30", "day 1 at 00:00", "day 31 at 23:59",
      ])
    #expect(policy.arriveBeforeEmpty == .zero)
    #expect(policy.api.schedules == lines)
    #expect(policy.api.arriveBeforeEmpty == ProtobufDuration(seconds: 0))
    #expect(try read()?.arriveBeforeEmpty == nil)
  }

  @Test func `each fault of a calendar is told by its line and field`() {
    let faults: [(String, (inout TopUpAPI.Policy) -> Void)] = [
      ("policy.schedules[0].day_of_month", { $0.schedules = [Self.line(0)] }),
      ("policy.schedules[1].day_of_month", { $0.schedules = [Self.line(), Self.line(32)] }),
      ("policy.schedules[0].minute_of_day", { $0.schedules = [Self.line(1, -1)] }),
      ("policy.schedules[0].minute_of_day", { $0.schedules = [Self.line(1, 1_440)] }),
      ("policy.schedules[0].amount", { $0.schedules = [TopUpAPI.Schedule(dayOfMonth: 1)] }),
      ("policy.schedules[0].amount.minor_units", { $0.schedules = [Self.line(1, 1, 0)] }),
      ("policy.schedules[0].amount.currency", { $0.schedules = [Self.line(1, 1, 900, "EUR")] }),
      (
        "policy.schedules[0].amount.minor_units",
        {
          $0.schedules = [Self.line(1, 1, 901)]
          $0.maxPerTopUp = TopUpAPI.Money(minorUnits: 900, currency: "USD")
        }
      ),
      ("policy.schedules[1]", { $0.schedules = [Self.line(), Self.line(31, 570, 800)] }),
      ("policy.schedules", { $0.schedules = (1...9).map { Self.line($0) } }),
      ("policy.arrive_before_empty", { $0.arriveBeforeEmpty = ProtobufDuration(seconds: -1) }),
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

  @Test func `a span beyond 30 days, and what is not built, are refused by their fields`() {
    let faults: [(String, (inout TopUpAPI.Policy) -> Void)] = [
      ("policy.new_card_hold", { $0.newCardHold = ProtobufDuration(seconds: 30 * 86_400 + 1) }),
      ("policy.new_card_hold", { $0.newCardHold = ProtobufDuration(seconds: -1) }),
      ("policy.risk_hold_span", { $0.riskHoldSpan = ProtobufDuration(seconds: 30 * 86_400 + 1) }),
      ("policy.risk_hold", { $0.riskHold = .unrecognized(99) }),
      ("policy.remainder", { $0.remainder = .unrecognized(99) }),
      ("policy.debt_rule", { $0.debtRule = .net }),
      ("policy.debt_rule", { $0.debtRule = .unrecognized(99) }),
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
