package import RPCCore
package import TopUpAPI
internal import TopUpCore

/// The service `topup.v1.PaymentMethods`.
package struct PaymentMethodCalls: PaymentMethodsServiceProtocol {
  let context: ServiceContext

  package init(_ context: ServiceContext) { self.context = context }

  package func addPaymentMethod(
    _ request: AddPaymentMethodRequest, context call: ServerContext
  ) async throws -> AddPaymentMethodResponse {
    var reader = context.reader()
    let payer = reader.payer(request.payer)
    let key = reader.idempotencyKey(request.idempotencyKey)
    let method =
      request.paymentMethodID.isEmpty
      ? nil : reader.paymentMethod(request.paymentMethodID, "payment_method_id")
    let consent = request.consent.map { reader.consent($0, "consent", at: context.clock.now) }
    let email = reader.email(request.email, "email")
    try reader.finish()
    guard let payer else { throw ServiceError.invalid([]) }
    try context.permit(call, payer: payer)
    let added = try await context.cards.add(
      method, to: payer, makeDefault: request.makeDefault, consent: consent,
      email: email, caller: context.caller(of: call), key: key)
    await context.engine.pokeEvaluations()
    switch added {
    case .stored(let card):
      return AddPaymentMethodResponse(paymentMethod: try kept(card))
    case .needsPerson(let setup):
      return AddPaymentMethodResponse(
        setupID: setup.id.rawValue, clientSecret: setup.clientSecret?.reveal() ?? "")
    }
  }

  package func getSetup(
    _ request: GetSetupRequest, context call: ServerContext
  ) async throws -> GetSetupResponse {
    try context.permit(call, setup: SetupIntentID(request.setupID))
    let (status, card) = try await context.cards.setup(SetupIntentID(request.setupID))
    return GetSetupResponse(
      status: status,
      paymentMethod: try card.flatMap { card throws(ServiceError) in try kept(card) })
  }

  package func listPaymentMethods(
    _ request: ListPaymentMethodsRequest, context call: ServerContext
  ) async throws -> ListPaymentMethodsResponse {
    let stored = try context.cards.stored(try payer(request.payer, call))
    return ListPaymentMethodsResponse(
      paymentMethods: try shown(stored.cards), consent: stored.consent?.api)
  }

  package func removePaymentMethod(
    _ request: RemovePaymentMethodRequest, context call: ServerContext
  ) async throws -> RemovePaymentMethodResponse {
    var reader = context.reader()
    let payer = reader.payer(request.payer)
    let key = reader.idempotencyKey(request.idempotencyKey)
    try reader.finish()
    guard let payer else { throw ServiceError.invalid([]) }
    try context.permit(call, payer: payer)
    try await context.cards.remove(
      PaymentMethodID(request.paymentMethodID), of: payer, caller: context.caller(of: call),
      key: key)
    return RemovePaymentMethodResponse()
  }

  package func updatePaymentMethod(
    _ request: UpdatePaymentMethodRequest, context call: ServerContext
  ) async throws -> UpdatePaymentMethodResponse {
    var reader = context.reader()
    let payer = reader.payer(request.payer)
    try context.permit(call, payer: payer)
    let key = reader.idempotencyKey(request.idempotencyKey)
    let id = reader.paymentMethod(request.paymentMethodID, "payment_method_id")
    reader.expiry(month: request.expiryMonth, year: request.expiryYear, at: context.clock.now)
    let card: StoredCard
    if !reader.violations.isEmpty, let payer, let id,
      let kept = try context.cards.updated(
        id, of: payer, month: Int(request.expiryMonth), year: Int(request.expiryYear),
        caller: context.caller(of: call), key: key)
    {
      // What it was corrected to may have expired since.
      card = kept
    } else {
      try reader.finish()
      guard let payer, let id else { throw ServiceError.invalid([]) }
      card = try await context.cards.update(
        id, of: payer, month: Int(request.expiryMonth), year: Int(request.expiryYear),
        caller: context.caller(of: call), key: key)
    }
    await context.engine.pokeEvaluations()
    return UpdatePaymentMethodResponse(paymentMethod: try kept(card))
  }

  package func orderPaymentMethods(
    _ request: OrderPaymentMethodsRequest, context call: ServerContext
  ) async throws -> OrderPaymentMethodsResponse {
    var reader = context.reader()
    let payer = reader.payer(request.payer)
    let key = reader.idempotencyKey(request.idempotencyKey)
    try reader.finish()
    guard let payer else { throw ServiceError.invalid([]) }
    try context.permit(call, payer: payer)
    let stored = try await context.cards.order(
      request.paymentMethodIDs.map { PaymentMethodID($0) }, of: payer,
      caller: context.caller(of: call), key: key)
    return OrderPaymentMethodsResponse(
      paymentMethods: try telling(of: "the order") { () throws(ServiceError) in
        try shown(stored.cards)
      })
  }

  package func recordConsent(
    _ request: RecordConsentRequest, context call: ServerContext
  ) async throws -> RecordConsentResponse {
    var reader = context.reader()
    let payer = reader.payer(request.payer)
    let key = reader.idempotencyKey(request.idempotencyKey)
    if request.consent == nil { reader.reject(FieldViolation("consent", "is required")) }
    let consent = request.consent.map { reader.consent($0, "consent", at: context.clock.now) }
    try reader.finish()
    guard let payer, let consent else { throw ServiceError.invalid([]) }
    try context.permit(call, payer: payer)
    let recorded = try await context.cards.record(
      consent, of: payer, caller: context.caller(of: call), key: key)
    await context.engine.pokeEvaluations()
    return RecordConsentResponse(consent: recorded.api)
  }

  package func withdrawConsent(
    _ request: WithdrawConsentRequest, context call: ServerContext
  ) async throws -> WithdrawConsentResponse {
    var reader = context.reader()
    let payer = reader.payer(request.payer)
    let actor = reader.optionalName(request.actor?.name ?? "", "actor.name")
    try reader.finish()
    guard let payer else { throw ServiceError.invalid([]) }
    try context.permit(call, payer: payer)
    try await context.cards.withdrawConsent(
      of: payer, actor: actor.isEmpty ? context.caller(of: call) : actor)
    return WithdrawConsentResponse()
  }

  /// A payer's cards, with whether each is refused.
  private func shown(_ cards: [StoredCard]) throws(ServiceError) -> [PaymentMethod] {
    guard let payer = cards.first?.payer else { return [] }
    let refused = try context.cards.refused(payer)
    return cards.map { $0.api(isBroken: refused.contains($0.card.fingerprint)) }
  }

  /// A card behind a change of it.
  private func kept(_ card: StoredCard) throws(ServiceError) -> PaymentMethod? {
    try telling(of: "the card") { () throws(ServiceError) in try shown([card]).first }
  }

  private func payer(
    _ payer: TopUpAPI.Payer?, _ call: ServerContext
  ) throws(ServiceError) -> TopUpCore.Payer {
    var reader = context.reader()
    let read = reader.payer(payer)
    try reader.finish()
    guard let read else { throw .invalid([]) }
    try context.permit(call, payer: read)
    return read
  }
}

extension RequestReader {
  /// A card is good through the last day of its month, wherever its bank is: one that ended a day ago
  /// in UTC may still be good.
  fileprivate mutating func expiry(month: Int32, year: Int32, at now: UnixTime) {
    if !(1...12).contains(month) {
      reject(FieldViolation("expiry_month", "must be 1 to 12"))
    }
    if !(2_000...2_099).contains(year) {
      reject(FieldViolation("expiry_year", "must be four digits, such as 2031"))
      return
    }
    let yesterday = CivilDate(daysFrom1970: now.seconds / 86_400 - 1)
    if (Int64(year), Int(month)) < (yesterday.year, yesterday.month) {
      reject(FieldViolation("expiry_year", "the card has expired by then"))
    }
  }
}
