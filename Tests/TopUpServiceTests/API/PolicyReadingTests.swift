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
    rates: String = "acme:USD:2", _ change: (inout TopUpAPI.Policy) -> Void = { _ in }
  ) throws(ServiceError) -> TopUpCore.Policy? {
    var prices = PriceBook()
    do throws(PriceFault) {
      try prices.addRates(rates)
      try prices.addTiers(
        "acme:plus:USD:1000:10000+500,acme:starter:USD:200:1000,acme:starter:EUR:190:1000")
    } catch { preconditionFailure("\(error)") }
    var reader = RequestReader(networks: .cere, prices: prices)
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

  private func violation(
    rates: String = "acme:USD:2", _ change: (inout TopUpAPI.Policy) -> Void
  ) -> FieldViolation? {
    do throws(ServiceError) {
      _ = try read(rates: rates, change)
      return nil
    } catch {
      guard case .invalid(let violations) = error, violations.count == 1 else { return nil }
      return violations[0]
    }
  }

  @Test func `the cards of a rule are ids, each once, and no more than anybody tries`() throws {
    let ids = (1...33).map { "pm_\($0)" }
    for isOn in [false, true] {
      func read(_ ids: [String]) -> (TopUpCore.Policy?, FieldViolation?) {
        func change(_ policy: inout TopUpAPI.Policy) {
          policy.enabled = isOn
          policy.paymentMethodIDs = ids
        }
        return (try? self.read(change), violation(change))
      }
      #expect(read(Array(ids[..<32])).0?.cards.map(\.rawValue) == Array(ids[..<32]))
      #expect(
        read(ids).1 == FieldViolation("policy.payment_method_ids", "must be at most 32"))
      #expect(
        read(["pm_1", "pm_2", "pm_1"]).1
          == FieldViolation("policy.payment_method_ids[2]", "is named before"))
      // No number of a card comes into an answer.
      for stranger in [
        "4242424242424242", "", "pm_a b", "pm_" + String(repeating: "x", count: 253),
      ] {
        #expect(
          read(["pm_1", stranger]).1
            == FieldViolation(
              "policy.payment_method_ids[1]",
              "must be the processor's id of a card, pm_…; card numbers are never taken here"))
      }
    }
  }

  @Test func `a tier is one of its tenant's list, and is told with its currency`() throws {
    let policy = try #require(try read { $0.amount = .tier("plus") })
    #expect(policy.amount == .tier("plus", .usd) && policy.currency == .usd)
    #expect(policy.api.amount == .tier("plus") && policy.api.currency == "USD")
    let euros = try read {
      $0.amount = .tier("starter")
      $0.currency = "EUR"
    }
    #expect(euros?.amount == .tier("starter", .eur))
  }

  @Test func `a tier that is not there is refused with those there are`() {
    let unknown = violation { $0.amount = .tier("pro") }
    #expect(unknown?.field == "policy.tier")
    #expect(unknown?.description.hasSuffix("there are: plus, starter") == true)
    let ambiguous = violation { $0.amount = .tier("starter") }
    #expect(ambiguous?.field == "policy.currency")
    #expect(ambiguous?.description.contains("USD, EUR") == true)
    let elsewhere = violation {
      $0.enabled = true
      $0.amount = .tier("plus")
      $0.currency = "EUR"
    }
    #expect(elsewhere?.field == "policy.currency")
    // Another tenant's list is another's, whoever pays.
    let other = violation {
      $0.account = Account(
        kind: .credits(TopUpAPI.CreditsAccount(tenant: "beta", user: "u1")))
      $0.amount = .tier("plus")
    }
    #expect(other?.field == "policy.tier")
  }

  @Test func `a tier that the rule's own bounds shut out is refused`() {
    let low = violation {
      $0.enabled = true
      $0.amount = .tier("plus")
      $0.maxPerTopUp = TopUpAPI.Money(minorUnits: 999, currency: "USD")
    }
    #expect(low?.field == "policy.max_per_top_up")
    let high = violation {
      $0.enabled = true
      $0.amount = .tier("plus")
      $0.minPerTopUp = TopUpAPI.Money(minorUnits: 1_001, currency: "USD")
    }
    #expect(high?.field == "policy.min_per_top_up")
  }

  @Test func `a rule whose tier has gone can be switched off, and not on again (47)`() throws {
    let gone = { (policy: inout TopUpAPI.Policy) in
      policy.amount = .tier("gone")
      policy.currency = "USD"
    }
    let off = try #require(try read(gone))
    #expect(!off.isEnabled && off.amount == .tier("gone", .usd))
    #expect(off.api.amount == .tier("gone") && off.api.currency == "USD")
    let on = violation {
      gone(&$0)
      $0.enabled = true
    }
    #expect(on?.field == "policy.tier")
    // One that costs otherwise by now than the rule's bounds allow, too.
    let dearer = { (policy: inout TopUpAPI.Policy) in
      policy.amount = .tier("plus")
      policy.currency = "USD"
      policy.maxPerTopUp = TopUpAPI.Money(minorUnits: 999, currency: "USD")
    }
    #expect(try read(dearer)?.amount == .tier("plus", .usd))
    let bound = violation {
      dearer(&$0)
      $0.enabled = true
    }
    #expect(bound?.field == "policy.max_per_top_up")
    // A name that no list can have is none.
    let nameless = violation {
      $0.amount = .tier("")
      $0.currency = "USD"
    }
    #expect(nameless?.field == "policy.tier")
  }

  @Test func `a calendar that credits have no rate for is refused, and told by its line (51)`()
    throws
  {
    let monthly = { (policy: inout TopUpAPI.Policy) in
      policy.enabled = true
      policy.amount = .tier("plus")
      policy.schedules = [Self.line()]
    }
    #expect(try read(monthly)?.schedules.count == 1)
    for rates in ["", "acme:EUR:2", "beta:USD:2"] {
      let unpriced = violation(rates: rates, monthly)
      #expect(unpriced?.field == "policy.schedules[0]")
      #expect(unpriced?.description.contains("no rate for credits in USD") == true)
    }
    // Without a calendar it needs none, and none to be switched off.
    #expect(try read(rates: "") { $0.amount = .tier("plus") } != nil)
    let off = try read(rates: "") {
      monthly(&$0)
      $0.enabled = false
    }
    #expect(off?.isEnabled == false)
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
