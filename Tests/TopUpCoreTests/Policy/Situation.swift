import TopUpCore

/// A decision's input, low and with everything in order: each test spoils what it is about.
enum Situation {
  static let now = Scene.start
  static let cere = Planck.cere.units

  static func policy(
    amount: Policy.AmountRule = .fixed(Sample.amount), threshold: Int128 = 50 * cere
  ) -> Policy {
    Policy(
      account: .ddc(Sample.dragon), payer: Sample.payer, isEnabled: true, threshold: threshold,
      amount: amount, minPerTopUp: 0, maxPerTopUp: 10_000, day: .init(), month: .init(),
      timeZone: "Europe/Berlin", rearmMargin: 0, cooldown: .seconds(3_600),
      lowCooldown: .seconds(300), minRunway: nil, slippageBasisPoints: 200, cards: [],
      version: 4, updated: now)
  }

  static func input(
    policy: Policy? = policy(), active: Int128 = 10 * cere, block: UInt64 = 1_000
  ) -> DecisionInput {
    var input = DecisionInput(
      account: .ddc(Sample.dragon), policy: policy, state: AccountState(), claim: nil,
      reading: reading(active, block: block), inFlight: [],
      cards: [card(1), card(2)], consent: consent(), windows: [window()],
      quote: .offered(Sample.quote("q0")), isKillSwitchOn: false, clocks: .agree,
      eraSeconds: 480, now: now)
    input.ramp.headroom = .told(
      Headroom(said: Planck(1_000_000 * cere), claimed: .zero, through: 0))
    return input
  }

  static func reading(
    _ active: Int128, block: UInt64 = 1_000, at readAt: UnixTime = now
  ) -> KnownReading {
    KnownReading(
      active: active, total: active, exists: true,
      block: BlockReference(number: block, hash: "0x\(block)"), readAt: readAt)
  }

  static func claim(
    _ severity: LowBalanceClaim.Severity = .low, unbilled: Int128 = 0, burn: Int128 = 0,
    events: Int64 = 1
  ) -> LowBalanceClaim {
    LowBalanceClaim(
      severity: severity, unbilled: unbilled, burnPerEra: burn, events: events,
      severitySeen: now)
  }

  static let block = AccountBlock(
    .operator, actor: "ops:jan", reason: "asked for", since: now)

  static func card(
    _ number: Int, broken: Bool = false, rests: UnixTime? = nil
  ) -> CardChoice {
    CardChoice(card: Sample.card(number), isBreakerOpen: broken, restsUntil: rests)
  }

  static func consent(maxPerCharge: Money? = nil) -> Consent {
    Consent(
      textVersion: "1", agreed: now, maxPerCharge: maxPerCharge, maxPerMonth: nil, actor: "user")
  }

  /// One of the calendar, by default due just now.
  static func occurrence(
    ago: Duration = .zero, amount: Money = Sample.amount, isBegun: Bool = false
  ) -> Occurrence {
    Occurrence(
      name: "2026-11 day 21 at 09:30", moment: now.advanced(by: .zero - ago), amount: amount,
      isBegun: isBegun)
  }

  static func window(
    _ cap: Policy.Cap = .init(), count: Int64 = 0, used: Int64 = 0
  ) -> CapWindow {
    CapWindow(
      key: "account:day", cap: cap, usedCount: count, usedMinorUnits: used,
      ends: now.advanced(by: .seconds(5_000)))
  }
}

extension Decision {
  var skip: Skip? { if case .skip(let skip) = self { skip } else { nil } }
  var plan: TopUpPlan? { if case .topUp(let plan) = self { plan } else { nil } }
  var request: QuoteRequest? { if case .needsQuote(let request) = self { request } else { nil } }
}
