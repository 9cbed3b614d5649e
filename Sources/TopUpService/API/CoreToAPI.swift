internal import ProtobufRuntime
internal import TopUpAPI
internal import TopUpCore

// How values of the core look on the wire.

extension UnixTime {
  init(_ timestamp: ProtobufTimestamp) {
    let (milliseconds, overflow) = timestamp.seconds.multipliedReportingOverflow(by: 1000)
    self.init(
      milliseconds: overflow
        ? (timestamp.seconds > 0 ? .max : .min)
        : milliseconds &+ Int64(timestamp.nanos) / 1_000_000)
  }

  var timestamp: ProtobufTimestamp {
    // At the early end of the clock the whole second lies beyond it.
    let remainder = milliseconds &- seconds &* 1000
    return ProtobufTimestamp(seconds: seconds, nanos: Int32(remainder) * 1_000_000)
  }
}

extension Duration {
  init(_ duration: ProtobufDuration) {
    self = .seconds(duration.seconds) + .nanoseconds(Int64(duration.nanos))
  }

  var proto: ProtobufDuration {
    let (seconds, attoseconds) = components
    return ProtobufDuration(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
  }
}

extension TopUpCore.Money {
  var api: TopUpAPI.Money { TopUpAPI.Money(minorUnits: minorUnits, currency: currency.code) }
}

extension AccountKey {
  var api: TopUpAPI.Account {
    switch self {
    case .ddc(let account):
      .init(
        kind: .ddc(
          .init(clusterID: account.cluster.description, owner: account.owner.description)))
    case .credits(let account):
      .init(kind: .credits(.init(tenant: account.tenant, user: account.user)))
    }
  }
}

extension TopUpCore.Payer {
  var api: TopUpAPI.Payer { .init(tenant: tenant, user: user) }
}

extension TopUpCore.TopUpState {
  var api: TopUpAPI.TopUpState {
    switch self {
    case .reserved: .reserved
    case .charging: .charging
    case .chargeUnknown: .chargeUnknown
    case .actionRequired: .actionRequired
    case .charged: .charged
    case .depositHeld: .depositHeld
    case .depositing: .depositing
    case .depositUnknown: .depositUnknown
    case .credited: .credited
    case .declined: .declined
    case .cancelled: .cancelled
    case .expired: .expired
    case .orderCancelling: .orderCancelling
    case .refunding: .refunding
    case .refundUnknown: .refundUnknown
    case .refunded: .refunded
    case .refundFailed: .refundFailed
    case .reversed: .reversed
    case .needsReview: .needsReview
    }
  }
}

extension TopUpCore.Trigger {
  var api: TopUpAPI.Trigger {
    switch self {
    case .user: .user
    case .threshold: .threshold
    case .runway: .runway
    case .schedule: .schedule
    case .subscription: .subscription
    }
  }
}

extension TopUpCore.DebtRule {
  var api: TopUpAPI.DebtRule {
    switch self {
    case .net: .net
    case .block: .block
    case .forgive: .forgive
    }
  }
}

extension TopUpCore.DeclineClass {
  var api: TopUpAPI.DeclineClass {
    switch self {
    case .hard: .hard
    case .cardData: .cardData
    case .cardCannot: .cardCannot
    case .authentication: .authentication
    case .soft: .soft
    case .opaque: .opaque
    case .fraud: .fraud
    case .processorFault: .processorFault
    case .rateLimited: .rateLimited
    }
  }
}

extension TopUpCore.SkipReason {
  var api: TopUpAPI.SkipReason {
    switch self {
    case .noPolicy: .noPolicy
    case .disabled: .disabled
    case .notLow: .notLow
    case .inFlight: .inFlight
    case .cooldown: .cooldown
    case .backOff: .backOff
    case .capReached: .capReached
    case .noPaymentMethod: .noPaymentMethod
    case .noConsent: .noConsent
    case .breakerOpen: .breakerOpen
    case .killSwitch: .killSwitch
    case .staleReading: .staleReading
    case .balanceUnreadable: .balanceUnreadable
    case .rampUnavailable: .rampUnavailable
    case .amountOutOfBounds: .amountOutOfBounds
    case .capsUnreadable: .capsUnreadable
    case .clockSkew: .clockSkew
    case .accountBlocked: .accountBlocked
    case .notArmed: .notArmed
    case .storeBehind: .storeBehind
    case .attemptsExhausted: .attemptsExhausted
    case .rampHeadroom: .rampHeadroom
    case .rampBreakerOpen: .rampBreakerOpen
    case .priceOutOfBand: .priceOutOfBand
    case .scheduleMissed: .scheduleMissed
    case .debtTooLarge: .debtTooLarge
    case .creditsUnpriced: .creditsUnpriced
    }
  }
}

extension StoredDecision {
  var api: TopUpAPI.Decision {
    TopUpAPI.Decision(
      position: position, account: account.api, at: at.timestamp, topUpID: topUp?.rawValue ?? "",
      skipReason: skip?.api ?? .unspecified, explanation: explanation,
      effectiveBalance: effective.map { String($0) } ?? "", blockNumber: block,
      policyVersion: policyVersion, episode: episode, coalescedEvents: events)
  }
}

extension StoredEntry {
  var api: TopUpAPI.LedgerEntry {
    TopUpAPI.LedgerEntry(
      position: position, topUpID: topUp?.rawValue ?? "", description: description,
      postings: legs.map { leg in
        TopUpAPI.Posting(
          account: leg.account, asset: leg.asset, amount: String(leg.amount),
          balanceAfter: String(leg.balanceAfter))
      }, at: at.timestamp, correctsPosition: corrects ?? 0)
  }
}

extension StoredBalance {
  var api: TopUpAPI.LedgerBalance {
    TopUpAPI.LedgerBalance(
      account: account, asset: asset, balance: String(balance), position: position)
  }
}

extension StoreVerdict {
  /// As much of it as a caller can do something with: a damaged store can have thousands of faults,
  /// and texts of any length in it.
  var api: TopUpAPI.VerifyLedgerResponse {
    let (faultsMax, charactersMax) = (200, 500)
    return TopUpAPI.VerifyLedgerResponse(
      entries: head?.position ?? 0, headDigest: head?.digest ?? [],
      faults: faults.prefix(faultsMax).map { String("\($0)".prefix(charactersMax)) },
      moreFaults: hasMore || faults.count > faultsMax)
  }
}

extension StoredTransition {
  var api: TopUpAPI.Transition {
    TopUpAPI.Transition(
      version: version, from: from?.api ?? .unspecified, to: to.api, cause: cause,
      at: at.timestamp)
  }
}
