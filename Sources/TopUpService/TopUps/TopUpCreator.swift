internal import TopUpCore

/// A top-up that a caller asks for.
struct TopUpRequest: Sendable, Hashable {
  var caller: String
  var key: String
  var account: AccountKey
  var payer: Payer
  /// What is charged; nil where a tier says it.
  var amount: Money?
  /// A tier of the seller's price list, in a currency where it is sold in several.
  var tier: TierName?
  /// The payer's default when nil.
  var card: PaymentMethodID?
  var onSession: Bool
  var description: String

  struct TierName: Sendable, Hashable {
    var name: String
    var currency: Currency?
  }

  /// Everything but the key, as it was asked for: a change of prices makes no other request of it
  /// (invariant 43).
  var digest: [UInt8] {
    var digest = RequestDigest("CreateTopUp")
    digest.add(account.canonicalBytes)
    digest.add(payer.tenant)
    digest.add(payer.user)
    digest.add(amount?.minorUnits ?? 0)
    digest.add(amount?.currency.code ?? "")
    digest.add(tier?.name ?? "")
    digest.add(tier?.currency?.code ?? "")
    digest.add(card?.rawValue ?? "")
    digest.add(onSession)
    digest.add(description)
    return digest.finish()
  }
}

/// A request with what it charges.
@dynamicMemberLookup
private struct PricedRequest {
  let request: TopUpRequest
  let amount: Money
  /// What it buys, where a tier was asked for.
  let tier: PriceTier?

  /// - Throws: `invalid` for a tier that the seller does not have.
  init(_ request: TopUpRequest, _ prices: PriceBook) throws(ServiceError) {
    self.request = request
    if let amount = request.amount {
      (self.amount, tier) = (amount, nil)
      return
    }
    let list = prices.list(of: request.account.seller(to: request.payer))
    do throws(TierFault) {
      let tier = try list.tier(
        named: request.tier?.name ?? "", in: request.tier?.currency)
      (amount, self.tier) = (tier.price, tier)
    } catch {
      throw .invalid([FieldViolation(error.isOfCurrency ? "currency" : "tier", "\(error)")])
    }
  }

  subscript<Value>(dynamicMember member: KeyPath<TopUpRequest, Value>) -> Value {
    request[keyPath: member]
  }
}

/// Begins top-ups that callers ask for: checked, priced and reserved like any other, and the same
/// key is the same top-up (invariants 6, 43).
struct TopUpCreator {
  private static let roundsMax = 8

  let store: any Store
  let outside: Outside
  let clock: any WallClock
  let zones: any TimeZones
  let feed: ChangeFeed
  let fence: Int64
  let prices: PriceBook
  let attemptCeiling: AttemptCeiling
  let rampTerms: RampTerms
  /// For cards that are new, where the account's rule does not say.
  var newCardHold = Duration.zero
  /// How our clock stands to the processor's; asked before anything is reserved (invariant 7).
  let clocks: @Sendable () async -> ClockAgreement
  /// Why nothing may be begun now; nil when it may (invariant 50).
  var notReady: @Sendable () async -> String? = { nil }

  /// What this store lost and a person has settled is not begun again: the id would be the same, and
  /// so would its keys outside (invariant 50).
  private func refuseLost(_ request: TopUpRequest) throws(ServiceError) {
    let id = TopUpID.requested(
      caller: request.caller, account: request.account, key: request.key)
    let isLost = try store.look { snapshot throws(StoreError) in
      try snapshot.isSettledByHand(id.rawValue)
    }
    if isLost { throw .keyReused(key: request.key) }
  }

  /// - Returns: the top-up, and whether it began now.
  func create(
    _ asked: TopUpRequest
  ) async throws(ServiceError) -> (topUp: TopUp, isNew: Bool) {
    var price: Price?
    for _ in 0..<Self.roundsMax {
      if let known = try known(asked) { return (known, false) }
      let request = try PricedRequest(asked, prices)
      if let reason = await notReady() {
        throw .dependencyUnavailable(name: "store", detail: reason)
      }
      // What is lost is noted as such before a store that was behind is ready again.
      try refuseLost(asked)
      if let error = Self.refusal(await clocks()) { throw error }
      // What refuses it anyway is not priced.
      if price == nil { _ = try prepare(request, nil, at: clock.now) }
      let headroom = try await headroom(request)
      if price == nil { price = try await self.price(request) }
      price?.headroom = headroom
      guard let price else { continue }
      // Asking takes time: its windows are those of the moment that it is decided at.
      let now = clock.now
      let prepared = try prepare(request, price, at: now)
      let topUp = TopUp(
        id: .requested(caller: request.caller, account: request.account, key: request.key),
        account: request.account, payer: request.payer, trigger: .user, episode: nil,
        amount: request.amount, fee: price.quote?.fee.minorUnits ?? 0, tax: 0,
        quote: price.quote, credits: price.credits, onSession: request.onSession,
        policyVersion: prepared.policyVersion,
        slippageBasisPoints: Slippage.standard.basisPoints, cards: prepared.cards,
        description: request.description, created: now,
        holdRule: prepared.hold.resolved(newCard: newCardHold), remainder: prepared.remainder)
      let changes = changes(beginning: topUp, request, prepared)
      do throws(StoreError) {
        try await store.commit(Commit(now: now, fence: fence, changes))
      } catch {
        switch error {
        // Another charge came first: what it left of the window says the refusal.
        case .conflict(.changed), .conflict(.inFlight), .conflict(.keyUsed),
          .conflict(.capReached):
          continue
        case .conflict(.fenced), .conflict(.missing), .conflict(.forbidden): throw .store(error)
        case .inDoubt, .full, .corrupt, .unavailable: throw .store(error)
        }
      }
      feed.publish(TopUpChange(topUp: topUp, from: nil, cause: "asked for"))
      return (topUp, true)
    }
    throw .store(.conflict(.changed("account \(asked.account.name)")))
  }

  private func changes(
    beginning topUp: TopUp, _ request: PricedRequest, _ prepared: Prepared
  ) -> [Change] {
    var changes: [Change] = [
      .rememberRequest(
        StoredRequest(
          caller: request.caller, key: request.key, digest: request.digest,
          result: topUp.id.rawValue)),
      .beginTopUp(topUp, cause: "asked for by \(request.caller)"),
      .reserve(topUp.id, prepared.windows, minorUnits: request.amount.minorUnits),
    ]
    changes += prepared.windows.rules.map { .holdCaps($0) }
    changes.append(.holdPolicy(topUp.account, version: prepared.policyVersion))
    // Who is there agrees by being there.
    if !topUp.onSession { changes.append(.holdConsent(topUp.payer, prepared.consent)) }
    if let ramp = prepared.ramp, let quote = topUp.quote {
      changes += ramp.changes(beginning: topUp.id, at: quote, topUp.created)
    }
    return changes
  }

  private static func refusal(_ clocks: ClockAgreement) -> ServiceError? {
    guard let objection = clocks.objection else { return nil }
    return clocks == .unknown
      ? .dependencyUnavailable(name: "processor", detail: objection) : .clockSkew(objection)
  }

  /// The top-up that this key made before.
  ///
  /// - Throws: `keyReused` where it was another request (invariant 43).
  func known(_ request: TopUpRequest) throws(ServiceError) -> TopUp? {
    let stored = try store.remembered(
      caller: request.caller, key: request.key, digest: request.digest)
    guard let stored else { return nil }
    return try store.look { snapshot throws(StoreError) in
      try snapshot.topUp(TopUpID(stored.result))
    }
  }

  /// What a top-up is begun by, of one state of the store.
  private struct Prepared {
    /// Those to try, in order.
    var cards: [CardReference]
    /// Those to reserve in.
    var windows: [CapWindow]
    var policyVersion: Int64
    /// What the payer agrees to.
    var consent: Consent?
    var hold: HoldRule
    var remainder: RemainderRule
    /// Nil for credits, which no ramp delivers.
    var ramp: RampView?
  }

  /// - Parameter price: nil before anything was asked for.
  private func prepare(
    _ request: PricedRequest, _ price: Price?, at now: UnixTime
  ) throws(ServiceError) -> Prepared {
    let prepared: Result<Prepared, ServiceError>
    prepared = try store.look { snapshot throws(StoreError) in
      if try snapshot.settings().isKillSwitchOn { return .failure(.killSwitch) }
      let account = try snapshot.account(request.account)
      if account.state.isBlocked {
        return .failure(.accountBlocked(request.account, account.state.blockCauses))
      }
      let payer = try snapshot.payer(request.payer)
      guard let customer = payer.customer, !payer.cards.isEmpty else {
        return .failure(.noPaymentMethod(request.payer))
      }
      if !request.onSession {
        guard let consent = payer.consent else { return .failure(.noConsent(request.payer)) }
        if let limit = consent.limit(against: request.amount) {
          return .failure(.aboveConsent(request.amount, limit: limit))
        }
      }
      var chosen = payer.cards
      if let id = request.card {
        chosen = chosen.filter { $0.card.id == id }
        if chosen.isEmpty { return .failure(.cardNotOwned(id)) }
      }
      let cards: [CardReference]
      switch try usable(chosen, customer, request, snapshot) {
      case .failure(let error): return .failure(error)
      case .success(let usable): cards = usable
      }
      let policy = account.policy
      guard let windows = try windows(request, policy, payer.consent, now, snapshot) else {
        return .failure(.store(.unavailable("the caps' counters cannot be read")))
      }
      if let objection = windows.objection(to: request.amount) {
        return .failure(.capReached(objection))
      }
      let ramp = try rampView(request, price, snapshot)
      if let objection = price?.quote.map({ ramp?.objection(to: $0, at: now) })
        ?? ramp?.objection(at: now)
      {
        return .failure(.ramp(objection))
      }
      return .success(
        Prepared(
          cards: cards, windows: windows, policyVersion: policy?.version ?? 0,
          consent: payer.consent, hold: policy?.hold ?? HoldRule(),
          remainder: policy?.remainder ?? .reorder, ramp: ramp))
    }
    return try prepared.get()
  }

  /// Of cards, those that are neither refused nor resting, in their order; why none is, otherwise.
  private func usable(
    _ chosen: [StoredCard], _ customer: CustomerID, _ request: PricedRequest,
    _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> Result<[CardReference], ServiceError> {
    let broken = try snapshot.openBreakers(request.account)
    var usable: [CardReference] = []
    var resting: (card: CardSnapshot, until: UnixTime)?
    for card in chosen.map(\.card) where !broken.contains(card.fingerprint) {
      let newest = try snapshot.attempts(
        fingerprint: card.fingerprint, through: .max, limit: attemptCeiling.most)
      if let until = attemptCeiling.restsUntil(newest, at: clock.now) {
        if until < resting?.until ?? .max { resting = (card, until) }
        continue
      }
      usable.append(
        CardReference(
          id: card.id, customer: customer, fingerprint: card.fingerprint, brand: card.brand,
          last4: card.last4,
          provenSince: try snapshot.provenSince(
            fingerprint: card.fingerprint, of: request.payer)))
    }
    if !usable.isEmpty { return .success(usable) }
    if let resting {
      return .failure(.attemptsExhausted(card: resting.card.text, until: resting.until))
    }
    return .failure(.breakerOpen(card: chosen[0].card.text))
  }

  /// The caps of account, tenant and service, and what the payer agreed to where the payer is not
  /// there.
  private func windows(
    _ request: PricedRequest, _ policy: Policy?, _ consent: Consent?, _ now: UnixTime,
    _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> [CapWindow]? {
    let caps = CapWindows(zones)
    let currency = request.amount.currency
    var windows: [CapWindow] = []
    if let policy {
      guard let own = try caps.windows(of: policy, currency, now, snapshot) else {
        return nil
      }
      windows = own
    }
    if !request.onSession {
      windows.append(try caps.month(of: request.payer, consent, currency, now, snapshot))
    }
    guard let shared = try caps.shared(by: request.payer, currency, now, snapshot) else {
      return nil
    }
    return windows + shared
  }

  private struct Price {
    var quote: Quote?
    var credits: Int128?
    /// Asked for before each try.
    var headroom = Headroom.Known.notAsked
  }

  private var rampWatch: RampWatch {
    RampWatch(store: store, ramp: outside.ramp, terms: rampTerms)
  }

  private func rampView(
    _ request: PricedRequest, _ price: Price?, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> RampView? {
    guard case .ddc = request.account else { return nil }
    return try rampWatch.view(
      request.amount.currency, price?.headroom ?? .notAsked, snapshot)
  }

  private func headroom(_ request: PricedRequest) async throws(ServiceError) -> Headroom.Known {
    guard case .ddc = request.account else { return .notAsked }
    do throws(StoreError) { return try await rampWatch.headroom() } catch { throw .store(error) }
  }

  private func price(_ request: PricedRequest) async throws(ServiceError) -> Price {
    switch request.account {
    case .credits(let account):
      if let tier = request.tier { return Price(quote: nil, credits: tier.granted) }
      guard
        let credits = prices.list(of: account.tenant).rate(request.amount.currency)?
          .credits(for: request.amount.minorUnits)
      else {
        throw .invalid([
          FieldViolation(
            "account.credits.tenant",
            "tenant \(account.tenant) has no credit rate for \(request.amount.currency.code)")
        ])
      }
      return Price(quote: nil, credits: credits)
    case .ddc(let ddc):
      let ask = QuoteRequest(side: .fiat(request.amount), cluster: ddc.cluster)
      switch await outside.ramp.quote(ask) {
      case .answered(let quote): return Price(quote: quote, credits: nil)
      case .refused(let refusal):
        throw .ramp(refusal)
      case .unknown(let reason), .notSent(let reason):
        throw .dependencyUnavailable(name: "ramp", detail: reason)
      }
    }
  }
}

extension CardSnapshot {
  /// For people, such as `visa •••• 4242`.
  fileprivate var text: String { "\(brand) •••• \(last4)" }
}
