import ArgumentParser
import ProtobufRuntime
import Testing
import TopUpAPI

@testable import topupctl

@Suite struct PolicyFlagsTests {
  private let account = Account(kind: .ddc(DDCAccount(clusterID: "0x01", owner: "6U")))
  private let payer = ["--payer-tenant", "console", "--payer-user", "42"]

  private func applied(
    _ arguments: [String], to before: Policy? = nil, payer: [String] = []
  ) throws -> Policy {
    try PolicyFlags.parse(arguments).applied(
      to: before, account: account, payer: PayerOptions.parse(payer))
  }

  private func first() throws -> Policy {
    var policy = try applied(
      ["--enable", "--threshold", "50 CERE", "--fixed", "25.00 USD", "--day-cap", "100.00"],
      payer: payer)
    policy.version = 3
    return policy
  }

  @Test func `a first rule is made of what is named`() throws {
    let policy = try first()
    #expect(policy.enabled)
    #expect(policy.account == account)
    #expect(policy.payer == Payer(tenant: "console", user: "42"))
    #expect(policy.threshold == "500000000000")
    #expect(policy.amount == .fixed(Money(minorUnits: 2_500, currency: "USD")))
    #expect(policy.day == Cap(amount: Money(minorUnits: 10_000, currency: "USD")))
    #expect(policy.month == nil)
  }

  @Test func `what is not named stays as it is`() throws {
    let before = try first()
    var expected = before
    expected.month = Cap(count: 20, amount: Money(minorUnits: 100_000, currency: "USD"))
    expected.timeZone = "Europe/Berlin"
    let after = try applied(
      ["--month-cap", "1000", "--month-count", "20", "--zone", "Europe/Berlin"], to: before)
    #expect(after == expected)
  }

  @Test func `a cap is removed with none, and its count stays`() throws {
    var before = try first()
    before.day?.count = 4
    let after = try applied(["--day-cap", "none"], to: before)
    #expect(after.day == Cap(count: 4))
  }

  @Test func `a refill names its target and currency`() throws {
    let after = try applied(["--refill-to", "200 CERE", "--currency", "eur"], to: try first())
    #expect(after.amount == .refillTo("2000000000000"))
    #expect(after.currency == "EUR")
  }

  @Test func `a tier takes the place of what was bought before, and of its currency`() throws {
    let refill = try applied(["--refill-to", "200 CERE", "--currency", "eur"], to: try first())
    let after = try applied(["--tier", "plus"], to: refill)
    #expect(after.amount == .tier("plus") && after.currency == "")
    let both = try applied(["--tier", "plus", "--currency", "usd"], to: refill)
    #expect(both.currency == "USD")
  }

  @Test func `a rule is switched off without touching the rest`() throws {
    var expected = try first()
    expected.enabled = false
    #expect(try applied(["--disable"], to: try first()) == expected)
  }

  @Test func `spans become the contract's durations`() throws {
    let after = try applied(
      ["--cooldown", "2h", "--low-cooldown", "90", "--min-runway", "1d"], to: try first())
    #expect(after.cooldown == ProtobufDuration(seconds: 7_200))
    #expect(after.lowCooldown == ProtobufDuration(seconds: 90))
    #expect(after.minRunway == ProtobufDuration(seconds: 86_400))
    #expect(try applied(["--min-runway", "0"], to: after).minRunway == nil)
  }

  @Test func `a calendar is said by its lines, all anew, and taken away by none`() throws {
    let after = try applied(
      ["--schedule", "31 09:30 25 USD", "--schedule", "1 00:05 7.50"], to: try first())
    #expect(
      after.schedules == [
        Schedule(
          dayOfMonth: 31, minuteOfDay: 570, amount: Money(minorUnits: 2_500, currency: "USD")),
        Schedule(
          dayOfMonth: 1, minuteOfDay: 5, amount: Money(minorUnits: 750, currency: "USD")),
      ])
    #expect(
      after.schedules.map { ScheduleText.text($0) }
        == ["day 31 at 09:30: 25.00 USD", "day 1 at 00:05: 7.50 USD"])
    #expect(try applied(["--enable"], to: after).schedules == after.schedules)
    #expect(try applied(["--schedule", "2 10:00 5 USD"], to: after).schedules.count == 1)
    #expect(try applied(["--schedule", "none"], to: after).schedules.isEmpty)
    for text in ["32 09:30 25 USD", "1 24:00 25 USD", "1 9:30 25 USD", "1 09:60 5 USD", "1 25 USD"]
    {
      #expect(throws: UsageError.self) { try applied(["--schedule", text], to: try first()) }
    }
  }

  @Test func `how long before empty it should arrive may be zero, or not asked for`() throws {
    let after = try applied(["--arrive-before-empty", "30min"], to: try first())
    #expect(after.arriveBeforeEmpty == ProtobufDuration(seconds: 1_800))
    let zero = try applied(["--arrive-before-empty", "0"], to: after)
    #expect(zero.arriveBeforeEmpty == ProtobufDuration(seconds: 0))
    #expect(try applied(["--arrive-before-empty", "none"], to: after).arriveBeforeEmpty == nil)
    #expect(throws: UsageError.self) {
      try applied(["--arrive-before-empty", "soon"], to: try first())
    }
  }

  @Test func `what waits before its deposit is said by spans and a level`() throws {
    let after = try applied(
      ["--new-card-hold", "24h", "--risk-hold", "highest", "--risk-hold-span", "2h"],
      to: try first())
    #expect(after.newCardHold == ProtobufDuration(seconds: 86_400))
    #expect(after.riskHold == .highest && after.riskHoldSpan == ProtobufDuration(seconds: 7_200))
    let never = try applied(["--new-card-hold", "0s", "--risk-hold-span", "0s"], to: after)
    // None is another rule than the service's own span.
    #expect(never.newCardHold == ProtobufDuration(seconds: 0) && never.riskHoldSpan == nil)
  }

  @Test(arguments: [
    ["--threshold", "50 CERE"], ["--fixed", "25 USD"], ["--enable"],
    ["--threshold", "x", "--fixed", "25 USD"], ["--threshold", "5", "--fixed", "25"],
    ["--threshold", "5", "--fixed", "25 USD", "--day-cap", "10 EUR"],
    ["--threshold", "5 credits", "--fixed", "25 USD"],
  ])
  func `a first rule that is not whole is refused`(arguments: [String]) {
    #expect(throws: UsageError.self) { try applied(arguments, payer: payer) }
  }

  @Test func `a first rule needs a payer`() {
    #expect(throws: UsageError.self) { try applied(["--threshold", "5", "--fixed", "25 USD"]) }
  }

  @Test func `the difference names what changed, with both values`() throws {
    let before = try first()
    let after = try applied(["--fixed", "30 USD", "--day-cap", "none"], to: before)
    #expect(
      PolicyView.changes(from: before, to: after) == [
        PolicyView.Change(
          field: "amount", before: "always 25.00 USD", after: "always 30.00 USD"),
        PolicyView.Change(field: "day cap", before: "100.00 USD", after: ""),
      ])
  }

  @Test func `a change of thirty seconds is one`() throws {
    let before = try applied(["--cooldown", "3630s"], to: try first())
    let after = try applied(["--cooldown", "1h"], to: before)
    #expect(after != before)
    #expect(
      PolicyView.changes(from: before, to: after) == [
        PolicyView.Change(field: "cooldown", before: "1 h 30 s", after: "1 h")
      ])
  }

  @Test func `a change of nothing differs in nothing`() throws {
    let before = try first()
    #expect(PolicyView.changes(from: before, to: try applied([], to: before)).isEmpty)
  }
}
