internal import TopUpCore

/// Stores, orders and forgets cards: references to the processor's, never numbers.
struct CardService {
  let store: any Store
  let processor: any CardProcessor
  let clock: any WallClock
  let fence: Int64

  /// A card that was stored, or what a person needs to enter one.
  enum Added: Sendable {
    case stored(StoredCard)
    case needsPerson(SetupIntentSnapshot)
  }

  /// Stores a card the processor knows, or begins a set-up that a person finishes.
  ///
  /// Its calls to the processor carry keys derived from the caller's key, so that a repeat is the
  /// same request there too (invariant 43).
  func add(
    _ method: PaymentMethodID?, to payer: Payer, makeDefault: Bool, consent: Consent?,
    email: String?, caller: String, key: String
  ) async throws(ServiceError) -> Added {
    let digest = Self.digest(method, payer, makeDefault: makeDefault, consent, email)
    if let known = try store.remembered(caller: caller, key: key, digest: digest) {
      return try await repeated(known, payer)
    }
    let outsideKey = OutsideKeys(caller: caller, key: key)
    let customer = try await customer(of: payer, email: email)
    guard let method else {
      let setup = try answer(
        await processor.acting(for: payer.tenant).createSetupIntent(
          CreateSetupIntent(customer: customer, paymentMethod: nil, key: outsideKey("setup"))))
      try await keep(
        [.putSetup(StoredSetup(id: setup.id, payer: payer, makeDefault: makeDefault))]
          + Self.consentChanges(payer, consent),
        remembering: StoredRequest(
          caller: caller, key: key, digest: digest, result: setup.id.rawValue))
      return .needsPerson(setup)
    }
    let card = try answer(
      await processor.acting(for: payer.tenant)
        .attach(method, to: customer, key: outsideKey("attach")), card: method)
    // Asked for by name, a card that is stored already is moved too.
    var changes = [
      CardKeeper.change(adding: card, payer, makeDefault: makeDefault, at: clock.now)
    ]
    if makeDefault { changes.append(.makeFirst(card.id)) }
    changes += Self.consentChanges(payer, consent) + [.evaluatePaid(by: payer)]
    do throws(ServiceError) {
      try await keep(
        changes,
        remembering: StoredRequest(
          caller: caller, key: key, digest: digest, result: card.id.rawValue))
    } catch {
      // The card was removed: the processor told its answer of before again, under the same key.
      guard case .store(.conflict(.changed)) = error else { throw error }
      throw .cardNotOwned(method)
    }
    guard let added = try keptCards(payer).first(where: { $0.card.id == card.id }) else {
      throw .notFound(resource: "payment method", name: card.id.rawValue)
    }
    return .stored(added)
  }

  /// How a set-up stands; a card that is entered by now is stored.
  func setup(_ id: SetupIntentID) async throws(ServiceError) -> (String, StoredCard?) {
    guard let setup = try store.look({ snapshot throws(StoreError) in try snapshot.setup(id) })
    else {
      throw .notFound(resource: "set-up", name: id.rawValue)
    }
    let seen = try answer(await processor.setupIntent(id))
    guard seen.status == "succeeded", let method = seen.paymentMethod else {
      return (seen.status, nil)
    }
    let keeper = CardKeeper(store: store, processor: processor)
    let changes: [Change]?
    do throws(StoreError) {
      changes = try await keeper.changes(
        adding: method, setup.payer, makeDefault: setup.makeDefault, at: clock.now)
    } catch { throw .store(error) }
    guard let changes else {
      throw .dependencyUnavailable(
        name: "processor", detail: "the card of a finished set-up could not be read")
    }
    try await keep(changes + [.evaluatePaid(by: setup.payer)], remembering: nil)
    return (seen.status, try keptCards(setup.payer).first { $0.card.id == method })
  }

  /// Corrects a card's expiry at the processor, whose word on it is stored. What the card was refused
  /// for its data is forgotten with that, and nothing else (invariant 18).
  ///
  /// - Returns: the card as it is now; a repeat changes nothing, also of a later correction.
  func update(
    _ method: PaymentMethodID, of payer: Payer, month: Int, year: Int, caller: String, key: String
  ) async throws(ServiceError) -> StoredCard {
    let known = try updated(
      method, of: payer, month: month, year: year, caller: caller, key: key)
    if let known { return known }
    let request = Self.update(method, payer, month: month, year: year, caller, key)
    let payerNow = try stored(payer)
    guard var card = payerNow.cards.first(where: { $0.card.id == method }) else {
      throw .cardNotOwned(method)
    }
    let keys = OutsideKeys(caller: caller, key: key)
    let seen = try answer(
      await processor.acting(for: payer.tenant).updateCard(
        UpdateCard(id: method, expiryMonth: month, expiryYear: year, key: keys("update"))),
      card: method)
    // Detached meanwhile, or taken over by another customer.
    guard seen.customer == payerNow.customer else { throw .cardNotOwned(method) }
    card.card = seen
    try await keep([.putCard(card)] + [.evaluatePaid(by: payer)], remembering: request)
    // Its place may be another by now.
    return try keptCards(payer).first { $0.card.id == method } ?? card
  }

  /// A card as it is now, where its correction was kept under this key.
  ///
  /// - Throws: `keyReused` where that was another request (invariant 43).
  func updated(
    _ method: PaymentMethodID, of payer: Payer, month: Int, year: Int, caller: String, key: String
  ) throws(ServiceError) -> StoredCard? {
    guard try isRepeat(Self.update(method, payer, month: month, year: year, caller, key)) else {
      return nil
    }
    let card = try stored(payer).cards.first { $0.card.id == method }
    guard let card else { throw .cardNotOwned(method) }
    return card
  }

  private static func update(
    _ method: PaymentMethodID, _ payer: Payer, month: Int, year: Int, _ caller: String,
    _ key: String
  ) -> StoredRequest {
    var digest = RequestDigest("UpdatePaymentMethod")
    digest.add(payer)
    digest.add(method.rawValue)
    digest.add(Int64(month))
    digest.add(Int64(year))
    return StoredRequest(
      caller: caller, key: key, digest: digest.finish(), result: method.rawValue)
  }

  /// Detached at the processor first: a card that is forgotten here can never be charged there.
  func remove(
    _ method: PaymentMethodID, of payer: Payer, caller: String, key: String
  ) async throws(ServiceError) {
    let request = StoredRequest(
      caller: caller, key: key, digest: Self.digest("RemovePaymentMethod", payer, [method]),
      result: method.rawValue)
    if try isRepeat(request) { return }
    let payerNow = try stored(payer)
    guard payerNow.cards.contains(where: { $0.card.id == method }) else {
      throw .cardNotOwned(method)
    }
    let keys = OutsideKeys(caller: caller, key: key)
    switch await processor.detach(method, key: keys("detach")) {
    case .answered: break
    case .refused(let refusal):
      guard try await isDetached(method, from: payerNow, of: payer, refusal) else {
        throw Self.error(of: refusal)
      }
    case .unknown(let reason), .notSent(let reason):
      throw .dependencyUnavailable(name: "processor", detail: reason)
    }
    try await keep([.removeCard(method)], remembering: request)
  }

  /// Whether a card that the processor would not detach is its customer's no more: of one that was
  /// detached elsewhere it says only that the request is invalid.
  private func isDetached(
    _ method: PaymentMethodID, from payerNow: StoredPayer, of payer: Payer, _ refusal: Refusal
  ) async throws(ServiceError) -> Bool {
    if refusal.kind == .notFound { return true }
    guard !refusal.kind.passes, let customer = payerNow.customer else { return false }
    switch await processor.acting(for: payer.tenant).paymentMethod(method, of: customer) {
    case .answered: return false
    case .refused(let refusal):
      if refusal.kind == .notFound { return true }
      throw Self.error(of: refusal)
    case .unknown(let reason), .notSent(let reason):
      throw .dependencyUnavailable(name: "processor", detail: reason)
    }
  }

  /// - Returns: the payer as it is now; a repeat changes nothing, also of a later order.
  func order(
    _ methods: [PaymentMethodID], of payer: Payer, caller: String, key: String
  ) async throws(ServiceError) -> StoredPayer {
    let request = StoredRequest(
      caller: caller, key: key, digest: Self.digest("OrderPaymentMethods", payer, methods),
      result: payer.user)
    if try isRepeat(request) { return try stored(payer) }
    let owned = Set(try stored(payer).cards.map(\.card.id))
    if let foreign = methods.first(where: { !owned.contains($0) }) { throw .cardNotOwned(foreign) }
    guard Set(methods) == owned, methods.count == owned.count else {
      throw .invalid([
        FieldViolation("payment_method_ids", "must name each of the payer's cards once")
      ])
    }
    try await keep([.orderCards(payer, methods)], remembering: request)
    return try telling(of: "the order") { () throws(ServiceError) in try stored(payer) }
  }

  /// A repeat brings nothing back that was withdrawn since.
  ///
  /// - Returns: the consent as it was recorded under this key.
  func record(
    _ consent: Consent, of payer: Payer, caller: String, key: String
  ) async throws(ServiceError) -> Consent {
    var digest = RequestDigest("RecordConsent")
    digest.add(payer)
    digest.add(consent)
    let request = StoredRequest(
      caller: caller, key: key, digest: digest.finish(),
      result: "\(consent.agreed.milliseconds)")
    let known = try store.remembered(caller: caller, key: key, digest: request.digest)
    if let agreed = known.flatMap({ Int64($0.result) }) {
      var recorded = consent
      recorded.agreed = UnixTime(milliseconds: agreed)
      return recorded
    }
    try await keep(
      Self.consentChanges(payer, consent) + [.evaluatePaid(by: payer)], remembering: request)
    return consent
  }

  func withdrawConsent(of payer: Payer, actor: String) async throws(ServiceError) {
    try await keep([.withdrawConsent(payer, actor: actor)], remembering: nil)
  }

  func stored(_ payer: Payer) throws(ServiceError) -> StoredPayer {
    try store.look { snapshot throws(StoreError) in try snapshot.payer(payer) }
  }

  /// A payer's cards behind a change of them.
  private func keptCards(_ payer: Payer) throws(ServiceError) -> [StoredCard] {
    try telling(of: "the card") { () throws(ServiceError) in try stored(payer).cards }
  }

  /// Fingerprints of the payer's cards that are refused for an account that the payer funds.
  func refused(_ payer: Payer) throws(ServiceError) -> Set<String> {
    try store.look { snapshot throws(StoreError) in try snapshot.refusedCards(of: payer) }
  }

  // MARK: The processor's customer

  /// The payer's customer; the first that is recorded stays.
  private func customer(of payer: Payer, email: String?) async throws(ServiceError) -> CustomerID {
    if let customer = try stored(payer).customer { return customer }
    let settings = try store.look { snapshot throws(StoreError) in try snapshot.settings() }
    var digest = RequestDigest("customer")
    digest.add(settings.storeID)
    digest.add(payer)
    // The key stands for one body at the processor: after a lost reply, another address under the
    // same key would be refused for a day.
    digest.add(email ?? "")
    let key = IdempotencyKey("customer:\(Hex.text(digest.finish().prefix(16)))")
    let made = try answer(
      await processor.acting(for: payer.tenant).createCustomer(
        CreateCustomer(
          store: settings.storeID, tenant: payer.tenant, user: payer.user, email: email, key: key)))
    try await keep([.putCustomer(payer, made)], remembering: nil)
    return try telling(of: "the customer") { () throws(ServiceError) in try stored(payer).customer }
      ?? made
  }

  /// Keys for the processor, derived from a caller's.
  private struct OutsideKeys {
    let digest: String

    init(caller: String, key: String) {
      var digest = RequestDigest("outside")
      digest.add(caller)
      digest.add(key)
      self.digest = Hex.text(digest.finish().prefix(16))
    }

    func callAsFunction(_ call: String) -> IdempotencyKey { IdempotencyKey("pm:\(digest):\(call)") }
  }

  // MARK: Repeats

  private func repeated(
    _ known: StoredRequest, _ payer: Payer
  ) async throws(ServiceError) -> Added {
    if known.result.hasPrefix("seti_") {
      return .needsPerson(
        try answer(await processor.setupIntent(SetupIntentID(known.result))))
    }
    let card = try stored(payer).cards.first { $0.card.id.rawValue == known.result }
    guard let card else { throw .notFound(resource: "payment method", name: known.result) }
    return .stored(card)
  }

  private static func digest(
    _ method: PaymentMethodID?, _ payer: Payer, makeDefault: Bool, _ consent: Consent?,
    _ email: String?
  ) -> [UInt8] {
    var digest = RequestDigest("AddPaymentMethod")
    digest.add(method?.rawValue ?? "")
    digest.add(payer)
    digest.add(makeDefault)
    digest.add(email ?? "")
    digest.add(consent != nil)
    if let consent { digest.add(consent) }
    return digest.finish()
  }

  private static func digest(
    _ call: String, _ payer: Payer, _ methods: [PaymentMethodID]
  ) -> [UInt8] {
    var digest = RequestDigest(call)
    digest.add(payer)
    for method in methods { digest.add(method.rawValue) }
    return digest.finish()
  }

  private func isRepeat(_ request: StoredRequest) throws(ServiceError) -> Bool {
    try store.remembered(caller: request.caller, key: request.key, digest: request.digest) != nil
  }

  private static func consentChanges(_ payer: Payer, _ consent: Consent?) -> [Change] {
    consent.map { [.putConsent(payer, $0)] } ?? []
  }

  // MARK: Store and processor

  private func keep(
    _ changes: [Change], remembering request: StoredRequest?
  ) async throws(ServiceError) {
    let all = (request.map { [.rememberRequest($0)] } ?? []) + changes
    try await store.keep(all, at: clock.now, fence: fence)
  }

  private func answer<Value>(
    _ result: OutsideResult<Value>, card: PaymentMethodID? = nil
  ) throws(ServiceError) -> Value {
    switch result {
    case .answered(let value): return value
    case .refused(let refusal):
      if let card, refusal.kind == .notFound { throw .cardNotOwned(card) }
      throw Self.error(of: refusal)
    case .unknown(let reason), .notSent(let reason):
      throw .dependencyUnavailable(name: "processor", detail: reason)
    }
  }

  /// A refusal that passes, or that our own key is the reason of, says nothing of the card.
  private static func error(of refusal: Refusal) -> ServiceError {
    refusal.kind.passes
      ? .dependencyUnavailable(name: "processor", detail: "\(refusal.code): \(refusal.message)")
      : .cardRefused(reason: refusal.message)
  }
}

extension Refusal.Kind {
  /// Whether it says nothing of what was asked for: another time it may be done.
  fileprivate var passes: Bool {
    switch self {
    case .rateLimited, .inProgress, .notAuthorised: true
    case .notFound, .idempotencyConflict, .unexpectedState, .quoteNotUsable,
      .insufficientLiquidity, .invalid:
      false
    }
  }
}

extension RequestDigest {
  fileprivate mutating func add(_ payer: Payer) {
    add(payer.tenant)
    add(payer.user)
  }

  /// But for when it was agreed: that is the call's own time where the caller gives none.
  fileprivate mutating func add(_ consent: Consent) {
    add(consent.textVersion)
    add(consent.actor)
    for limit in [consent.maxPerCharge, consent.maxPerMonth] {
      add(limit.map { "\($0.minorUnits) \($0.currency.code)" } ?? "")
    }
  }
}
