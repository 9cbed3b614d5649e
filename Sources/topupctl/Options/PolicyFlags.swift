internal import ArgumentParser
internal import TopUpAPI

/// What a person may say of a rule; what is not said stays as it is.
struct PolicyFlags: ParsableArguments {
  /// Whether the rule acts.
  enum Activity: String, EnumerableFlag {
    case enable
    case disable
  }

  enum RemainderChoice: String, CaseIterable, ExpressibleByArgument {
    case reorder
    case refund
  }

  enum DebtChoice: String, CaseIterable, ExpressibleByArgument {
    case net
    case block
    case forgive

    var api: DebtRule {
      switch self {
      case .net: .net
      case .block: .block
      case .forgive: .forgive
      }
    }
  }

  enum RiskChoice: String, CaseIterable, ExpressibleByArgument {
    case elevated
    case highest
    case never

    var api: RiskHold {
      switch self {
      case .elevated: .elevated
      case .highest: .highest
      case .never: .never
      }
    }
  }

  @Flag(help: "Whether the rule acts.")
  var activity: Activity?

  @Option(
    help: ArgumentHelp("At or below this the balance is low.", valueName: "tokens"))
  var threshold: String?

  @Option(help: ArgumentHelp("Always buy for this much.", valueName: "money"))
  var fixed: String?

  @Option(help: ArgumentHelp("Or buy what brings the balance up to this.", valueName: "tokens"))
  var refillTo: String?

  @Option(
    help: ArgumentHelp("Or buy this tier of the price list, as 'prices' shows.", valueName: "name"))
  var tier: String?

  @Option(
    help: ArgumentHelp("With --refill-to, or a tier sold in several: in what.", valueName: "code"))
  var currency: String?

  @Option(help: ArgumentHelp("The least of one top-up; none removes it.", valueName: "money"))
  var min: String?

  @Option(help: ArgumentHelp("The most of one top-up; none removes it.", valueName: "money"))
  var max: String?

  @Option(help: ArgumentHelp("The most of a calendar day; none removes it.", valueName: "money"))
  var dayCap: String?

  @Option(help: ArgumentHelp("The most of a calendar month; none removes it.", valueName: "money"))
  var monthCap: String?

  @Option(help: ArgumentHelp("The most top-ups of a day; 0 removes it.", valueName: "count"))
  var dayCount: Int32?

  @Option(help: ArgumentHelp("The most top-ups of a month; 0 removes it.", valueName: "count"))
  var monthCount: Int32?

  @Option(help: ArgumentHelp("Whose days and months, such as Europe/Berlin.", valueName: "zone"))
  var zone: String?

  @Option(
    help: ArgumentHelp("The pause after a top-up, such as 1h.", valueName: "span"),
    transform: Reading.span)
  var cooldown: Duration?

  @Option(
    help: ArgumentHelp("The pause while still low, such as 5min.", valueName: "span"),
    transform: Reading.span)
  var lowCooldown: Duration?

  @Option(
    help: ArgumentHelp("Also act when the balance lasts less than this.", valueName: "span"),
    transform: Reading.span)
  var minRunway: Duration?

  @Option(
    help: ArgumentHelp(
      "Also act when a top-up would not be there this long before empty; none removes it.",
      valueName: "span"))
  var arriveBeforeEmpty: String?

  @Option(
    help: ArgumentHelp(
      "Charge by the calendar, such as \"1 09:30 25 EUR\"; all lines anew, none removes them.",
      valueName: "day time money"))
  var schedule: [String] = []

  @Option(
    help: ArgumentHelp("How far above the threshold ends an episode.", valueName: "tokens"))
  var rearmMargin: String?

  @Option(help: ArgumentHelp("How far a quote may slip, in basis points.", valueName: "count"))
  var slippage: Int32?

  @Option(
    help: ArgumentHelp(
      "Hold the deposit till the card's first charge is so old, such as 24h.",
      valueName: "span"),
    transform: Reading.span)
  var newCardHold: Duration?

  @Option(
    help: ArgumentHelp(
      "The least risk whose charge is held: elevated, highest, or never.", valueName: "level"))
  var riskHold: RiskChoice?

  @Option(
    help: ArgumentHelp(
      "How long a risky charge is held; 0s till an operator decides.", valueName: "span"),
    transform: Reading.span)
  var riskHoldSpan: Duration?

  @Option(
    help: ArgumentHelp(
      "What becomes of what the ramp does not deliver: reorder or refund.", valueName: "rule"))
  var remainder: RemainderChoice?

  @Option(
    help: ArgumentHelp(
      "What becomes of what is taken back after its delivery: net, block or forgive.",
      valueName: "rule"))
  var debt: DebtChoice?

  @Option(
    help: ArgumentHelp("A card to try; several in order.", valueName: "pm_…"))
  var card: [String] = []

  func validate() throws {
    if [fixed, refillTo, tier].compactMap(\.self).count > 1 {
      throw ValidationError("--fixed, --refill-to or --tier: one of them")
    }
  }
}

extension PolicyFlags {
  /// The rule with these changes.
  ///
  /// - Parameter before: the rule in force; nil for an account's first.
  func applied(
    to before: Policy?, account: Account, payer: PayerOptions
  ) throws(UsageError) -> Policy {
    var policy = before ?? Policy(account: account)
    policy.account = account
    if let named = payer.named { policy.payer = named }
    if policy.payer == nil { policy.payer = try payer.payer(of: account) }
    if let activity { policy.enabled = activity == .enable }
    try applyAmounts(to: &policy, unit: AccountText.unit(of: account))
    try applyBounds(to: &policy)
    if let zone { policy.timeZone = zone }
    if let cooldown { policy.cooldown = cooldown.proto }
    if let lowCooldown { policy.lowCooldown = lowCooldown.proto }
    if let minRunway { policy.minRunway = minRunway == .zero ? nil : minRunway.proto }
    try applyCalendar(to: &policy)
    if let slippage { policy.slippageBasisPoints = slippage }
    if let newCardHold { policy.newCardHold = newCardHold.proto }
    if let riskHold { policy.riskHold = riskHold.api }
    if let riskHoldSpan {
      policy.riskHoldSpan = riskHoldSpan == .zero ? nil : riskHoldSpan.proto
    }
    if let remainder { policy.remainder = remainder == .refund ? .refund : .reorder }
    if let debt { policy.debtRule = debt.api }
    if !card.isEmpty { policy.paymentMethodIDs = card }
    return policy
  }

  private func applyAmounts(to policy: inout Policy, unit: TokenText.Unit) throws(UsageError) {
    if let threshold { policy.threshold = try Self.units(threshold, unit, "--threshold") }
    if let rearmMargin { policy.rearmMargin = try Self.units(rearmMargin, unit, "--rearm-margin") }
    if let refillTo {
      policy.amount = .refillTo(try Self.units(refillTo, unit, "--refill-to"))
    }
    if let tier {
      policy.amount = .tier(tier)
      policy.currency = ""
    }
    if let currency { policy.currency = currency.uppercased() }
    if let fixed {
      policy.amount = .fixed(try Self.money(fixed, in: Self.currency(of: policy), "--fixed"))
      policy.currency = ""
    }
    guard policy.amount != nil else {
      throw UsageError("a first rule says how much to buy: --fixed, --refill-to or --tier")
    }
    guard !policy.threshold.isEmpty else {
      throw UsageError("a first rule says when the balance is low: --threshold")
    }
  }

  private func applyCalendar(to policy: inout Policy) throws(UsageError) {
    if let arriveBeforeEmpty {
      if arriveBeforeEmpty.lowercased() == "none" {
        policy.arriveBeforeEmpty = nil
      } else if let span = SpanText.duration(arriveBeforeEmpty) {
        policy.arriveBeforeEmpty = span.proto
      } else {
        throw UsageError("--arrive-before-empty: no span of time such as 30min, 2h or 1d")
      }
    }
    guard !schedule.isEmpty else { return }
    policy.schedules = []
    guard schedule.map({ $0.lowercased() }) != ["none"] else { return }
    for text in schedule {
      do throws(ScheduleText.Fault) {
        policy.schedules.append(try ScheduleText.schedule(text, in: Self.currency(of: policy)))
      } catch { throw UsageError("--schedule: \(error)") }
    }
  }

  private func applyBounds(to policy: inout Policy) throws(UsageError) {
    let currency = Self.currency(of: policy)
    if let min { policy.minPerTopUp = try Self.bound(min, in: currency, "--min") }
    if let max { policy.maxPerTopUp = try Self.bound(max, in: currency, "--max") }
    if dayCap != nil || dayCount != nil {
      var day = policy.day ?? Cap()
      if let dayCap { day.amount = try Self.bound(dayCap, in: currency, "--day-cap") }
      if let dayCount { day.count = dayCount }
      policy.day = day
    }
    if monthCap != nil || monthCount != nil {
      var month = policy.month ?? Cap()
      if let monthCap { month.amount = try Self.bound(monthCap, in: currency, "--month-cap") }
      if let monthCount { month.count = monthCount }
      policy.month = month
    }
  }

  /// What the rule pays in; nil where it does not say.
  private static func currency(of policy: Policy) -> String? {
    switch policy.amount {
    case .fixed(let money): money.currency
    case .refillTo, .tier, nil: policy.currency.isEmpty ? nil : policy.currency
    }
  }

  private static func units(
    _ text: String, _ unit: TokenText.Unit, _ option: String
  ) throws(UsageError) -> String {
    do throws(TokenText.Fault) { return try TokenText.units(text, unit) } catch {
      throw UsageError("\(option): \(error)")
    }
  }

  /// An amount that bounds something; nil for `none`.
  static func bound(
    _ text: String, in currency: String?, _ option: String
  ) throws(UsageError) -> Money? {
    if text.lowercased() == "none" { return nil }
    let money = try money(text, in: currency, option)
    if let currency, money.currency != currency {
      throw UsageError(
        "\(option): \(MoneyText.Fault.otherCurrency(money.currency, expected: currency))")
    }
    return money
  }

  private static func money(
    _ text: String, in currency: String?, _ option: String
  ) throws(UsageError) -> Money {
    do throws(MoneyText.Fault) { return try MoneyText.money(text, in: currency) } catch {
      throw UsageError("\(option): \(error)")
    }
  }
}
