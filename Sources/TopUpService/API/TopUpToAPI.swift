internal import ProtobufRuntime
internal import TopUpAPI
internal import TopUpCore

extension TopUp {
  /// The record as callers see it; its history is added where it is asked for.
  ///
  /// - Parameter reason: why it ended otherwise than credited.
  func api(retryAt: UnixTime? = nil, reason: String = "") -> TopUpRecord {
    var record = TopUpRecord(
      id: id.rawValue, account: account.api, payer: payer.api, state: state.api, version: version,
      trigger: trigger.api, amount: amount.api)
    record.net = money(net)
    record.fee = money(feeDue)
    record.tax = money(tax)
    record.tokensQuoted = (order?.quote ?? quote)?.tokens.decimal ?? credits.map { "\($0)" } ?? ""
    record.tokensDelivered = deliveredText
    record.policyVersion = policyVersion
    record.episode = episode ?? 0
    record.decline = declined?.detail(retryAt: retryAt)
    record.attempts = attempts.map(\.api)
    record.orders = orders.map { $0.api(orderID($0.number)) }
    record.reviewReason = review?.reason ?? ""
    record.reason = reason
    record.createdAt = created.timestamp
    record.updatedAt = updated.timestamp
    record.nextCheckAt = nextCheck?.timestamp
    record.hold = hold?.api
    record.refunded = books.refunded > 0 ? money(books.refunded) : nil
    record.debtPart = debtPart > 0 ? money(debtPart) : nil
    record.repaid = books.repaid > 0 ? money(books.repaid) : nil
    record.disputed = books.disputed > 0 ? money(books.disputed) : nil
    return record
  }

  var endedUncredited: Bool { state.isTerminal && state != .credited }

  private func money(_ minorUnits: Int64) -> TopUpAPI.Money {
    TopUpAPI.Money(minorUnits: minorUnits, currency: amount.currency.code)
  }

  private var deliveredText: String {
    if let credits { return state == .credited ? "\(credits)" : "0" }
    return deliveredTokens.decimal
  }

  /// The last attempt that a card refused.
  private var declined: TopUpCore.ChargeAttempt? { attempts.last { $0.decline != nil } }
}

extension StoreSnapshot {
  /// A top-up as callers see it, with why it ended where its account was not credited.
  func record(of topUp: TopUp, retryAt: UnixTime? = nil) throws(StoreError) -> TopUpRecord {
    let reason = topUp.endedUncredited ? try transitions(of: topUp.id).last?.cause : nil
    return topUp.api(retryAt: retryAt, reason: reason ?? "")
  }
}

extension TopUpCore.ChargeAttempt {
  var api: TopUpAPI.ChargeAttempt {
    TopUpAPI.ChargeAttempt(
      number: Int32(number), paymentMethodID: card.id.rawValue, cardBrand: card.brand,
      cardLast4: card.last4, paymentIntentID: intent?.rawValue ?? "",
      chargeID: charge?.rawValue ?? "", state: phase.rawValue, decline: detail(retryAt: nil),
      startedAt: started.timestamp)
  }

  /// Class, codes and a sentence for the card's owner.
  func detail(retryAt: UnixTime?) -> DeclineDetail? {
    guard let decline else { return nil }
    var detail = DeclineDetail(
      code: decline.code, declineCode: decline.declineCode ?? "",
      message: decline.personMessage(brand: card.brand, last4: card.last4),
      retryAt: retryAt?.timestamp)
    detail.class = decline.verdict.declineClass.api
    if decline.isReasonSecret { detail.declineCode = "" }
    return detail
  }
}

extension TopUpCore.DepositHold {
  var api: TopUpAPI.DepositHold {
    TopUpAPI.DepositHold(
      cause: cause.api, phase: phase.api, explanation: explanation,
      riskLevel: risk?.api ?? .unspecified, heldAt: since.timestamp, releasesAt: until?.timestamp)
  }
}

extension TopUpCore.DepositHold.Cause {
  fileprivate var api: TopUpAPI.HoldCause {
    switch self {
    case .newCard: .newCard
    case .risk: .risk
    case .fraudWarning: .fraudWarning
    case .dispute: .dispute
    }
  }
}

extension TopUpCore.DepositHold.Phase {
  fileprivate var api: TopUpAPI.HoldPhase {
    switch self {
    case .waiting: .waiting
    case .over: .over
    case .waived: .waived
    case .refused: .refused
    }
  }
}

extension TopUpCore.RiskLevel {
  var api: TopUpAPI.RiskLevel {
    switch self {
    case .normal: .normal
    case .elevated: .elevated
    case .highest: .highest
    }
  }
}

extension TopUpCore.DepositOrder {
  func api(_ id: ClientOrderID) -> TopUpAPI.DepositOrder {
    var order = TopUpAPI.DepositOrder(
      clientOrderID: id.rawValue, quoteID: quote.id.rawValue,
      state: seen.map { "\($0.state)" } ?? phase.rawValue, tokensOrdered: quote.tokens.decimal,
      tokensCredited: seen?.credited.decimal ?? "0")
    if let evidence = seen?.evidence {
      order.extrinsicHash = evidence.extrinsicHash
      order.blockHash = evidence.blockHash
      order.blockNumber = evidence.blockNumber
      order.eventIndex = evidence.eventIndex
    }
    order.finalized = phase == .completed
    return order
  }
}

extension StoredCard {
  func api(isBroken: Bool) -> PaymentMethod {
    PaymentMethod(
      id: card.id.rawValue, payer: payer.api, brand: card.brand, last4: card.last4,
      expiryMonth: Int32(card.expiryMonth), expiryYear: Int32(card.expiryYear),
      funding: card.funding, country: card.country, isDefault: rank == 0,
      breaker: isBroken ? Breaker(open: true) : nil, addedAt: added.timestamp)
  }
}

extension TopUpCore.Consent {
  var api: TopUpAPI.Consent {
    TopUpAPI.Consent(
      textVersion: textVersion, agreedAt: agreed.timestamp, maxPerCharge: maxPerCharge?.api,
      maxPerMonth: maxPerMonth?.api, actor: ActorMessage(name: actor))
  }
}

extension TopUpCore.Policy {
  var api: TopUpAPI.Policy {
    var policy = TopUpAPI.Policy(
      account: account.api, payer: payer.api, enabled: isEnabled, threshold: "\(threshold)",
      currency: currency.code)
    switch amount {
    case .fixed(let money): policy.amount = .fixed(money.api)
    case .refillTo(let target, _): policy.amount = .refillTo("\(target)")
    case .tier(let name, _): policy.amount = .tier(name)
    }
    policy.minPerTopUp = TopUpCore.Money(minorUnits: minPerTopUp, currency).api
    policy.maxPerTopUp = TopUpCore.Money(minorUnits: maxPerTopUp, currency).api
    policy.day = day.api(currency)
    policy.month = month.api(currency)
    policy.timeZone = timeZone
    policy.rearmMargin = "\(rearmMargin)"
    policy.cooldown = cooldown.proto
    policy.lowCooldown = lowCooldown.proto
    policy.minRunway = minRunway?.proto
    policy.arriveBeforeEmpty = arriveBeforeEmpty?.proto
    policy.schedules = schedules.map { line in
      TopUpAPI.Schedule(
        dayOfMonth: Int32(line.dayOfMonth), minuteOfDay: Int32(line.minuteOfDay),
        amount: line.amount.api)
    }
    policy.paymentMethodIDs = cards.map(\.rawValue)
    policy.version = version
    policy.slippageBasisPoints = Int32(slippageBasisPoints)
    policy.newCardHold = hold.newCard?.proto
    policy.riskHold = hold.riskHold
    policy.remainder = remainder == .refund ? .refund : .reorder
    policy.debtRule = debt.api
    policy.riskHoldSpan = hold.riskSpan?.proto
    policy.updatedAt = updated.timestamp
    return policy
  }
}

extension HoldRule {
  fileprivate var riskHold: TopUpAPI.RiskHold {
    switch risk {
    case nil: .never
    case .normal, .elevated: .elevated
    case .highest: .highest
    }
  }
}

extension TopUpCore.Policy.Cap {
  func api(_ currency: Currency) -> TopUpAPI.Cap {
    TopUpAPI.Cap(
      count: Int32(clamping: count ?? 0),
      amount: minorUnits.map { TopUpAPI.Money(minorUnits: $0, currency: currency.code) })
  }
}
