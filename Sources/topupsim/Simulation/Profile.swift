import SimulatedWorld
import TopUpCore

/// What kind of run a seed is: each leaves most accidents out, so that those that are in go deep.
struct Profile {
  var accounts = 1
  var payers = 1
  /// Daemons on one store at the same time, by mistake.
  var replicas = 1
  /// Mean time between deeds.
  var pace = Duration.seconds(5)
  /// Deeds before the world calms down.
  var deeds = 60
  var faults: [FaultRule] = []
  /// How a webhook's copies, delays and losses are.
  var webhooks = WebhookConfiguration(secrets: [Replica.webhookSecret])
  var webhooksAreOff = false
  /// Chance of death at each operation of the disk and each outside call.
  var deathPartsPerMillion = 0
  var losesPower = false
  var diskFaultPartsPerMillion = 0
  var readFaultPartsPerMillion = 0
  var jumpsClocks = false
  var cutsConnections = false
  var forks = false
  var weather = OutsideWire.Weather()
  /// Caps of each account, in minor units a day; none when nil.
  var dayCap: Int64?
  /// How many a day; 0 for any number.
  var dayCount: Int32 = 0
  /// The same a month, in minor units.
  var monthCap: Int64?
  var forgetsKeys = false
  /// Whether charges are taken back by banks and at the dashboard.
  var reverses = false
  /// Whether somebody puts an older copy of the store in its place (invariant 50).
  var restoresBackup = false
  /// How much later a refund that fails does so.
  var refundDelay = Duration.seconds(5)
  /// Whether the ramp delivers little, so that much is given back, on cards whose refunds fail.
  var givesBack = false
  var rampLeavesTombstones = true
  /// How long the ramp's prices stand.
  var quoteLifetime = Duration.seconds(60)
  var idles = false
  /// How long nobody does anything in the midst of the trouble, and what is out of order for as long.
  var silence: Duration?
  var outages: [FaultRule] = []
  /// Whether another store takes customers over.
  var sharesCustomers = false
  /// For how long no daemon runs, at once.
  var absence: Duration?
  /// Whether operators set caps of the tenants and of the service, and change them.
  var setsCaps = false
  var tenants = 1
  var currencies = ["USD"]
  /// In how many clusters the accounts are.
  var clusters = 1
  /// Whether operators clear the ramp's breaker and accept prices before the calm.
  var minds = false
  /// Where the calendar stands when the run begins.
  var started = UnixTime(seconds: 1_795_221_900)
  /// In which zones accounts count their days and months.
  var zones = ["UTC"]
  /// Whether the zones' files are gone for a while.
  var losesZones = false
  /// How often a webhook event is tried before it waits for an operator.
  var inboxTriesMax = InboxPatience().triesMax
  /// Whether tenants' users buy credits and use them.
  var usesCredits = false
  /// Whether rules hold charges before their deposit, and operators decide on some.
  var holds = false
  /// How old a card's first charge must be.
  var newCardHold = Duration.zero
  /// How long a risky charge is held; nil until an operator decides.
  var riskSpan: Duration?
  /// Whether rules charge by the calendar, and by how long a balance lasts.
  var schedules = false
  /// How often the ramp's treasury runs dry, and how dry, in CERE.
  var treasuries = [0, 1_000, 100_000_000, 100_000_000, 100_000_000]

  /// What payers begin with: a card that pays, or one whose declines are tried out.
  var firstCard = "pm_card_visa"
  /// Whether operators act on what waits for a person before the calm.
  var mindsParked = false
  /// Whether they end all of it in the calm.
  var endsParked = false
  /// Whether much comes to persons: prices move, orders stand still or end unsure, hours go by, and
  /// somebody is always at the desk.
  var isDesk = false
  /// Which cards people add later.
  var cards = Deeds.cards

  /// - Parameter always: what it has, whatever the dice say.
  init(_ dice: Dice, always: [Trait]) {
    accounts = dice.number(1...3)
    payers = dice.number(1...2)
    replicas = dice.chance(percent: 20) ? 2 : 1
    pace = dice.longTailed(milliseconds: 500, doublings: 7)
    if dice.chance(percent: 12) { pace = .seconds(dice.number(600...14_400)) }
    deeds = dice.number(40...90)
    webhooks.jitter = dice.chance(percent: 50) ? .seconds(5) : .zero
    webhooks.copies = dice.chance(percent: 20) ? 3 : 1
    webhooksAreOff = dice.chance(percent: 10)
    if dice.chance(percent: 15) { webhooks.delay = dice.span(milliseconds: 1_000...7_200_000) }
    if dice.chance(percent: 60) { deathPartsPerMillion = dice.pick([500, 2_000, 8_000]) }
    losesPower = dice.chance(percent: 50)
    if dice.chance(percent: 15) { diskFaultPartsPerMillion = 500 }
    if dice.chance(percent: 10) { readFaultPartsPerMillion = dice.pick([20, 200]) }
    jumpsClocks = dice.chance(percent: 20)
    cutsConnections = dice.chance(percent: 30)
    forks = dice.chance(percent: 30)
    forgetsKeys = dice.chance(percent: 30)
    idles = dice.chance(percent: 30)
    reverses = dice.chance(percent: 30)
    rampLeavesTombstones = dice.chance(percent: 75)
    if dice.chance(percent: 30) { quoteLifetime = .seconds(dice.number(3_600...14_400)) }
    if dice.chance(percent: 30) { weather.doublings = 11 }
    if dice.chance(percent: 40) { dayCap = Int64(dice.number(1_000...6_000)) }
    if dice.chance(percent: 80) { faults = Self.faults(dice) }
    if dice.chance(percent: 15) {
      // Orders that arrive when nobody waits for them any more.
      faults.append(
        FaultRule(
          .ramp, method: "POST", pathSuffix: "/orders", .chance(partsPerMillion: 400_000),
          .hold(.seconds(dice.number(1_200...6_000)))))
    }
    if dice.chance(percent: 50) {
      refundDelay = dice.longTailed(milliseconds: 5_000, doublings: 15)
    }
    drawMishaps(dice, always)
    if dice.chance(percent: 20) || always.contains(.silence) { drawSilence(dice) }
    drawCalendar(dice)
    setsCaps = dice.chance(percent: 40)
    tenants = dice.number(1...2)
    if dice.chance(percent: 15) { currencies = ["USD", "EUR"] }
    clusters = dice.chance(percent: 20) ? 2 : 1
    if dice.chance(percent: 25) { drawParts(dice) }
    minds = dice.chance(percent: 40)
    usesCredits = dice.chance(percent: 35)
    if dice.chance(percent: 30) { inboxTriesMax = dice.number(2...4) }
    holds = dice.chance(percent: 30)
    if holds { drawHolds(dice) }
    schedules = dice.chance(percent: 40)
    if dice.chance(percent: 30) {
      firstCard = dice.pick(["pm_card_chargeCustomerFail", "pm_card_authenticationRequired"])
    }
    mindsParked = dice.chance(percent: 40)
    endsParked = dice.chance(percent: 50)
    if dice.chance(percent: 20) { cards = dice.pick([Deeds.refusedCards, Deeds.askingCards]) }
    if dayCap != nil, dice.chance(percent: 30) { dayCount = Int32(dice.number(1...4)) }
    if dice.chance(percent: 25) { monthCap = Int64(dice.number(2_000...20_000)) }
    if dice.chance(percent: 25) { treasuries = [1_000, 4_000, 9_000, 20_000] }
    if dice.chance(percent: 20) {
      faults.append(
        FaultRule(
          .ramp, .chance(partsPerMillion: dice.pick([50_000, 300_000])),
          .movePrice(basisPoints: Int64(dice.pick([-9_500, -5_000, -1_500, 1_500, 4_000, 90_000]))))
      )
    }
    isDesk = dice.chance(percent: 12) || always.contains(.desk)
    if isDesk { drawDesk(dice) }
    drawRarities(dice, always)
  }

  private mutating func drawRarities(_ dice: Dice, _ always: [Trait]) {
    if dice.chance(percent: 4) || always.contains(.weeks) { drawWeeks(dice) }
    sharesCustomers =
      !restoresBackup && (dice.chance(percent: 4) || always.contains(.strangers))
  }

  /// Longer than the ramp is relied on to remember an order, or than the ramp does: no daemon runs, and
  /// what it sent last was lost.
  private mutating func drawWeeks(_ dice: Dice) {
    absence = .seconds(dice.pick([31, 46, 60, 95]) * 86_400)
    pace = .seconds(dice.number(5...60))
    endsParked = true
    let parts = dice.pick([500_000, 1_000_000])
    let isOrder = dice.chance(percent: 75)
    let (service, path) =
      isOrder ? (FaultRule.Service.ramp, "/v1/orders") : (.stripe, "/v1/payment_intents")
    outages = [
      FaultRule(
        service, method: "POST", pathPrefix: path, .chance(partsPerMillion: parts),
        dice.pick([.dropBefore, .dropAfter, .hang]))
    ]
    // Nor is it found out before all end what became of it.
    guard dice.chance(percent: 70) else { return }
    outages.append(
      FaultRule(
        service, method: "GET", pathPrefix: path + "/", .chance(partsPerMillion: parts), .hang))
  }

  /// Reasons to park, and time to: what is parked is acted on, taken back and warned of where it lies.
  private mutating func drawDesk(_ dice: Dice) {
    (mindsParked, reverses) = (true, true)
    if !holds, dice.chance(percent: 60) {
      holds = true
      drawHolds(dice)
      newCardHold = .seconds(dice.pick([3_600, 86_400, 259_200]))
    }
    pace = .seconds(dice.number(600...14_400))
    faults.append(
      FaultRule(
        .ramp, method: "POST", pathSuffix: "/quotes", .chance(partsPerMillion: 300_000),
        .movePrice(basisPoints: -400)))
    for fate in [OrderFate.hold, .failUnknown, .unknownState] {
      faults.append(
        FaultRule(
          .ramp, method: "POST", pathSuffix: "/orders",
          .chance(partsPerMillion: dice.pick([0, 200_000, 400_000])), .order(fate)))
    }
    if dice.chance(percent: 50) {
      faults.append(
        FaultRule(
          .ramp, method: "POST", pathSuffix: "/cancel",
          .chance(partsPerMillion: dice.pick([300_000, 900_000])),
          dice.pick([.dropBefore, .dropAfter, .answer(status: 503, body: "{}")])))
    }
  }

  /// An older copy that somebody puts in the store's place, or a ramp and cards that give much back.
  private mutating func drawMishaps(_ dice: Dice, _ always: [Trait]) {
    restoresBackup = dice.chance(percent: 6) || always.contains(.copy)
    if restoresBackup {
      deathPartsPerMillion = 2_000
      forgetsKeys = true
    }
    givesBack = dice.chance(percent: 12) || always.contains(.refunds)
    if givesBack {
      refundDelay = dice.span(milliseconds: 600_000...7_200_000)
      faults.append(
        FaultRule(
          .ramp, method: "POST", pathSuffix: "/orders", .chance(partsPerMillion: 500_000),
          .order(.reject)))
    }
  }

  /// Hours or weeks in which a service mostly does not answer, or answers nothing of use.
  private mutating func drawSilence(_ dice: Dice) {
    silence = dice.longTailed(milliseconds: 3_600_000, doublings: 11)
    for service in [FaultRule.Service.stripe, .ramp, .node] where dice.chance(percent: 50) {
      let parts = dice.pick([700_000, 1_000_000])
      let action = dice.pick([
        FaultRule.Action.dropBefore, .dropAfter, .hang, .answer(status: 503, body: ""),
        .answer(status: 500, body: "{}"), .failAfter, .rateLimit(retryAfterSeconds: 5),
      ])
      outages.append(FaultRule(service, .chance(partsPerMillion: parts), action))
    }
  }

  private mutating func drawCalendar(_ dice: Dice) {
    if dice.chance(percent: 50) { zones = SimulatedZones.names }
    if dice.chance(percent: 50) {
      let before = Int64(dice.number(1_800...90_000))
      started = UnixTime(seconds: dice.pick(SimulatedZones.moments) - before)
    }
    losesZones = dice.chance(percent: 15)
    if dice.chance(percent: 15) { faults.append(Self.falseWebhooks(dice)) }
  }

  /// Events that anybody may have made up, or that were caught and sent again.
  private static func falseWebhooks(_ dice: Dice) -> FaultRule {
    var disturbance = WebhookDisturbance()
    if dice.chance(percent: 50) {
      disturbance.isForged = true
    } else {
      disturbance.signedAgo = .seconds(dice.pick([-90_000, 90_000, 1_000_000]))
    }
    return FaultRule(.webhook, .chance(partsPerMillion: 300_000), .webhook(disturbance))
  }

  /// A ramp that often delivers in part, or takes an order and gives it back.
  private mutating func drawParts(_ dice: Dice) {
    for fate in [OrderFate.partial, .holdThenReturn] {
      faults.append(
        FaultRule(
          .ramp, method: "POST", pathSuffix: "/orders",
          .chance(partsPerMillion: dice.pick([0, 200_000, 700_000])), .order(fate)))
    }
  }

  /// Cards that are new for minutes or for a day, and charges that are rated as risky.
  private mutating func drawHolds(_ dice: Dice) {
    newCardHold = .seconds(dice.pick([0, 300, 3_600, 86_400]))
    if dice.chance(percent: 50) { riskSpan = .seconds(dice.number(600...86_400)) }
    let level = dice.pick(["elevated", "elevated", "highest", "unknown", "not_assessed"])
    faults.append(
      FaultRule(
        .stripe, method: "POST", pathSuffix: "/confirm",
        .chance(partsPerMillion: dice.pick([0, 200_000, 600_000])), .risk(level)))
  }

  /// A few kinds of trouble, each with a chance of its own.
  private static func faults(_ dice: Dice) -> [FaultRule] {
    var rules: [FaultRule] = []
    for _ in 0..<dice.number(1...5) {
      let parts = dice.pick([20_000, 100_000, 300_000])
      rules.append(rule(dice, .chance(partsPerMillion: parts)))
    }
    return rules
  }

  /// One of each class of declines.
  private static let declines = [
    "lost_card", "fraudulent", "expired_card", "card_not_supported", "insufficient_funds",
    "do_not_honor", "payment_method_provider_timeout", "card_decline_rate_limit_exceeded",
    "a_code_of_tomorrow",
  ]
  private static let missing =
    #"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such"}}"#
  private static let unauthorized =
    #"{"error":{"type":"invalid_request_error","message":"Invalid API Key"}}"#

  private static func rule(_ dice: Dice, _ chance: FaultRule.Occurrence) -> FaultRule {
    let service = dice.pick([FaultRule.Service.stripe, .stripe, .ramp, .ramp, .node])
    let late = dice.longTailed(milliseconds: 2_000, doublings: 12)
    switch dice.number(0...16) {
    case 0: return FaultRule(service, chance, .dropBefore)
    case 1: return FaultRule(service, chance, .dropAfter)
    case 2: return FaultRule(service, chance, .hang)
    case 3: return FaultRule(service, chance, .failAfter)
    case 4: return FaultRule(service, chance, .answer(status: 500, body: "{}"))
    case 5: return FaultRule(service, chance, .rateLimit(retryAfterSeconds: dice.number(0...30)))
    case 6: return FaultRule(service, method: "POST", chance, .hold(late))
    case 7: return FaultRule(service, method: "POST", chance, .delay(late))
    case 8:
      return FaultRule(.stripe, method: "POST", pathSuffix: "/confirm", chance, .processing(late))
    case 9:
      let fate = dice.pick(OrderFate.allCases.filter { $0 != .doubleDeposit })
      return FaultRule(.ramp, method: "POST", pathSuffix: "/orders", chance, .order(fate))
    case 10:
      return FaultRule(.ramp, chance, .movePrice(basisPoints: Int64(dice.number(-500...500))))
    case 11: return FaultRule(.node, chance, .lag(blocks: UInt64(dice.number(1...40))))
    case 12:
      // Stripe's own words, from a replica that has not seen the object yet.
      return FaultRule(.stripe, method: "GET", chance, .answer(status: 404, body: missing))
    case 13: return FaultRule(.stripe, chance, .answer(status: 401, body: unauthorized))
    case 14, 15:
      return FaultRule(
        .stripe, method: "POST", pathSuffix: "/confirm", chance, .decline(dice.pick(declines)))
    default: return FaultRule(.ramp, chance, .expireQuote)
    }
  }
}
