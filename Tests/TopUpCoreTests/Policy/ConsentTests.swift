import Testing
import TopUpCore

@Suite struct ConsentTests {
  private func consent(perCharge: Money? = nil, perMonth: Money? = nil) -> Consent {
    Consent(
      textVersion: "1", agreed: Situation.now, maxPerCharge: perCharge, maxPerMonth: perMonth,
      actor: "user")
  }

  @Test func `no charge passes a limit of the consent, nor one in another currency (12)`() {
    let ten = Sample.usd(1_000)
    let eleven = Sample.usd(1_001)
    #expect(consent().limit(against: eleven) == nil)
    for consent in [consent(perCharge: ten), consent(perMonth: ten)] {
      #expect(consent.limit(against: ten) == nil)
      #expect(consent.limit(against: eleven) == ten)
      #expect(consent.limit(against: Money(minorUnits: 1, .eur)) == ten)
    }
  }

  @Test func `the rule minds the month's limit as it does the charge's (12)`() throws {
    var input = Situation.input()
    input.consent = consent(perMonth: Sample.usd(2_499))
    #expect(decide(input).skip?.reason == .amountOutOfBounds)
    input.consent = consent(perMonth: Sample.usd(2_500))
    #expect(decide(input).plan != nil)
    // What the month has seen is the window's matter.
    input.windows = [Situation.window(.init(minorUnits: 2_500), used: 1)]
    #expect(decide(input).skip?.reason == .capReached)
  }

  @Test func `a payer's window is one payer's, month's and currency's (7)`() {
    let november = CalendarWindow(.month, containing: Situation.now, in: .utc)
    let december = CalendarWindow(.month, containing: november.end, in: .utc)
    let payers = [
      Sample.payer, Payer(tenant: "a:b", user: "c"), Payer(tenant: "a", user: "b:c"),
      Payer(tenant: "a:1:b", user: "c"), Payer(tenant: "a", user: "1:b:c"),
    ]
    var keys: Set<String> = []
    for payer in payers {
      for month in [november, december] {
        for currency in [Currency.usd, .eur] {
          #expect(keys.insert(CapWindow.payerMonthKey(payer, month, currency)).inserted)
        }
      }
    }
  }

  // MARK: Between the decision and the charge

  private func guardian(_ consent: Consent?) -> ChargeGuard {
    ChargeGuard(
      isKillSwitchOn: false, cards: [Sample.card(1).id, Sample.card(2).id], consent: consent,
      isPolicyEnabled: true, isAccountBlocked: false, isCardExhausted: false)
  }

  @Test(arguments: [Trigger.user, .threshold])
  func `without the payer present nothing is confirmed when the consent is gone (47)`(
    trigger: Trigger
  ) throws {
    let topUp = try Scene.confirming(trigger: trigger).topUp
    #expect(guardian(consent()).forbids(topUp) == nil)
    #expect(guardian(nil).forbids(topUp)?.contains("consent") == true)
    #expect(guardian(consent(perCharge: Sample.usd(2_499))).forbids(topUp) != nil)
    #expect(guardian(consent(perMonth: Sample.usd(2_500))).forbids(topUp) == nil)
  }

  @Test func `a payer who is present needs no consent (47)`() {
    #expect(guardian(nil).forbids(Scene(trigger: .user, onSession: true).topUp) == nil)
  }

  @Test func `kill switch and a removed card stop every charge, a rule its own (47)`() throws {
    for trigger in [Trigger.user, .threshold] {
      let topUp = try Scene.confirming(trigger: trigger).topUp
      var stopped = guardian(consent())
      stopped.isKillSwitchOn = true
      #expect(stopped.forbids(topUp) != nil)
      var exhausted = guardian(consent())
      exhausted.isCardExhausted = true
      #expect(exhausted.forbids(topUp)?.contains("30 days") == true)
      var removed = guardian(consent())
      removed.cards = [Sample.card(2).id]
      #expect(removed.forbids(topUp) == "the card was removed")
      var disabled = guardian(consent())
      disabled.isPolicyEnabled = false
      #expect((disabled.forbids(topUp) != nil) == trigger.isAutomatic)
      var blocked = guardian(consent())
      blocked.isAccountBlocked = true
      #expect(blocked.forbids(topUp) == "the account is blocked")
    }
  }
}
