internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

/// The service `topup.v1.TopUp`.
package struct TopUpCalls: TopUpServiceProtocol {
  let context: ServiceContext

  package init(_ context: ServiceContext) { self.context = context }

  // MARK: Top-ups

  package func createTopUp(
    _ request: CreateTopUpRequest, context call: ServerContext
  ) async throws -> CreateTopUpResponse {
    var reader = context.reader()
    let account = reader.account(request.account)
    let payer = reader.payer(request.payer)
    let bought = bought(by: request, &reader)
    let key = reader.idempotencyKey(request.idempotencyKey)
    if request.description.utf8.count > 200 {
      reader.reject(FieldViolation("description", "must be at most 200 bytes"))
    }
    let (topUp, isNew): (TopUpCore.TopUp, Bool)
    if !reader.violations.isEmpty, let kept = try kept(request, call) {
      // What begins anew is held to more than when this was begun, and it is told again.
      (topUp, isNew) = (kept, false)
    } else {
      try reader.finish()
      guard let account, let payer else { throw ServiceError.invalid([]) }
      try context.permit(call, account: account)
      try context.permit(call, payer: payer)
      (topUp, isNew) = try await context.creator.create(
        asked(by: request, account, payer, bought.amount, bought.tier, key, call))
    }
    guard topUp.onSession else {
      if isNew { await context.engine.poke(topUp.id) }
      return CreateTopUpResponse(topUp: known(topUp))
    }
    let changes = context.feed.watch { $0.id == topUp.id }
    if isNew { await context.engine.poke(topUp.id) }
    let part = PersonsPart(store: context.store, processor: context.outside.processor)
    let reached = await part.reached(topUp, changes)
    return CreateTopUpResponse(
      topUp: known(reached), clientSecret: await part.secret(of: reached)?.reveal() ?? "")
  }

  private func asked(
    by request: CreateTopUpRequest, _ account: AccountKey, _ payer: TopUpCore.Payer,
    _ amount: TopUpCore.Money?, _ tier: TopUpRequest.TierName?, _ key: String,
    _ call: ServerContext
  ) -> TopUpRequest {
    TopUpRequest(
      caller: context.caller(of: call), key: key, account: account, payer: payer, amount: amount,
      tier: tier,
      card: request.paymentMethodID.isEmpty ? nil : PaymentMethodID(request.paymentMethodID),
      onSession: request.onSession, description: request.description)
  }

  /// The top-up of a request that was kept before, whatever networks and amounts are taken by now
  /// (invariant 43).
  ///
  /// - Returns: nil for one that is new, or that says not what it is about.
  private func kept(
    _ request: CreateTopUpRequest, _ call: ServerContext
  ) throws(ServiceError) -> TopUpCore.TopUp? {
    var reader = RequestReader(networks: .every)
    let account = reader.account(request.account)
    let payer = reader.payer(request.payer)
    let amount = request.amount.flatMap { reader.refund($0, "amount") }
    let currency =
      request.currency.isEmpty ? nil : reader.currency(request.currency, "currency")
    let key = reader.idempotencyKey(request.idempotencyKey)
    guard let account, let payer, reader.violations.isEmpty,
      request.tier.isEmpty ? currency == nil : amount == nil
    else { return nil }
    try context.permit(call, account: account)
    try context.permit(call, payer: payer)
    let tier = TopUpRequest.TierName(name: request.tier, currency: currency)
    return try context.creator.known(
      asked(by: request, account, payer, amount, request.tier.isEmpty ? nil : tier, key, call))
  }

  package func getTopUp(
    _ request: GetTopUpRequest, context call: ServerContext
  ) async throws -> GetTopUpResponse {
    _ = try context.tenants(of: call)
    let id = try id(request, call)
    let record = try context.store.look { snapshot throws(StoreError) -> TopUpRecord? in
      guard let topUp = try snapshot.topUp(id) else { return nil }
      guard context.mayName(call, payer: topUp.payer) else { return nil }
      let account = try snapshot.account(topUp.account)
      var record = try snapshot.record(
        of: topUp, retryAt: account.state.retry(of: topUp, at: context.clock.now))
      record.transitions = try snapshot.transitions(of: id).map(\.api)
      record.entries = try snapshot.entries(of: id).map(\.api)
      return record
    }
    guard let record else { throw ServiceError.notFound(resource: "top-up", name: id.rawValue) }
    return GetTopUpResponse(topUp: record)
  }

  private func record(of topUp: TopUp) throws(ServiceError) -> TopUpRecord {
    try context.store.look { snapshot throws(StoreError) in try snapshot.record(of: topUp) }
  }

  /// A top-up that is committed, told as far as it is known where the store cannot be read: whoever
  /// began it is to know its id (invariant 44).
  func known(_ topUp: TopUp) -> TopUpRecord {
    do throws(ServiceError) { return try record(of: topUp) } catch { return topUp.api() }
  }

  private func id(_ request: GetTopUpRequest, _ call: ServerContext) throws -> TopUpID {
    switch request.by {
    case .id(let id): return TopUpID(id)
    case .idempotencyKey(let key):
      let caller = context.caller(of: call)
      let stored = try context.store.look { snapshot throws(StoreError) in
        try snapshot.request(caller: caller, key: key)
      }
      guard let stored, stored.result.hasPrefix("tu_") else {
        throw ServiceError.notFound(resource: "top-up with idempotency key", name: key)
      }
      return TopUpID(stored.result)
    case nil:
      throw ServiceError.invalid([
        FieldViolation("by", "is required: id or idempotency_key")
      ])
    }
  }

  package func listTopUps(
    _ request: ListTopUpsRequest, context call: ServerContext
  ) async throws -> ListTopUpsResponse {
    var reader = context.reader()
    let account = request.account.flatMap { reader.account($0) }
    let size = reader.pageSize(request.pageSize)
    let states = reader.states(request.states)
    try reader.finish()
    try context.permit(call, account: account)
    let query = TopUpQuery(
      account: account, states: states, tenants: try context.tenants(of: call),
      before: request.pageToken.isEmpty ? nil : TopUpID(request.pageToken), limit: size + 1)
    let found = try context.store.look { snapshot throws(StoreError) in
      try snapshot.topUps(query).map { topUp throws(StoreError) in try snapshot.record(of: topUp) }
    }
    let page = found.prefix(size)
    return ListTopUpsResponse(
      topUps: Array(page), nextPageToken: found.count > size ? page.last?.id ?? "" : "")
  }

  package func watchTopUps(
    _ request: WatchTopUpsRequest, responses: MessageWriter<WatchTopUpsResponse>,
    context call: ServerContext
  ) async throws {
    var reader = context.reader()
    let account = request.account.flatMap { reader.account($0) }
    if request.id.isEmpty, request.account == nil {
      reader.reject(FieldViolation("id", "an id or an account is required"))
    }
    try reader.finish()
    try context.permit(call, account: account)
    if account == nil { try context.permit(call, topUp: TopUpID(request.id)) }
    // Watched before the present states are read: no change falls between.
    let id = TopUpID(request.id)
    let changes = context.feed.watch { $0.account == account || $0.id == id }
    let present = try context.store.look { snapshot throws(StoreError) in
      if let account { return try snapshot.inFlight(account) }
      return try snapshot.topUp(TopUpID(request.id)).map { [$0] } ?? []
    }
    if account == nil, present.isEmpty {
      throw ServiceError.notFound(resource: "top-up", name: request.id)
    }
    var seen: [TopUpID: Int64] = [:]
    for topUp in present where context.mayName(call, payer: topUp.payer) {
      seen[topUp.id] = topUp.version
      try await responses.write(WatchTopUpsResponse(topUp: try record(of: topUp)))
      if request.untilFinal, account == nil, topUp.state.isTerminal { return }
    }
    for await change in changes {
      let topUp = change.topUp
      guard topUp.version > seen[topUp.id] ?? 0, context.mayName(call, payer: topUp.payer) else {
        continue
      }
      seen[topUp.id] = topUp.version
      let transition = TopUpAPI.Transition(
        version: topUp.version, from: change.from?.api ?? .unspecified, to: topUp.state.api,
        cause: change.cause, at: topUp.updated.timestamp)
      try await responses.write(
        WatchTopUpsResponse(
          topUp: topUp.api(reason: topUp.endedUncredited ? change.cause : ""),
          transition: transition))
      if request.untilFinal, topUp.state.isTerminal { return }
    }
    guard !request.untilFinal else {
      throw ServiceError.dependencyUnavailable(
        name: "watch", detail: "it ended before the top-up did; watch again")
    }
  }

  package func cancelTopUp(
    _ request: CancelTopUpRequest, context call: ServerContext
  ) async throws -> CancelTopUpResponse {
    _ = try context.tenants(of: call)
    var reader = context.reader()
    let reason = reader.signature(of: request.actor, or: context.caller(of: call))
    try reader.finish()
    try context.permit(call, topUp: TopUpID(request.id))
    let topUp = try await context.engine.cancel(TopUpID(request.id), reason: reason)
    return CancelTopUpResponse(
      topUp: try telling(of: "the cancel") { () throws(ServiceError) in try record(of: topUp) })
  }

  package func refundTopUp(
    _ request: RefundTopUpRequest, context call: ServerContext
  ) async throws -> RefundTopUpResponse {
    _ = try context.tenants(of: call)
    var reader = context.reader()
    let key = reader.idempotencyKey(request.idempotencyKey)
    let (actor, reason) = reader.person(request.actor)
    let amount = request.amount.flatMap { reader.refund($0, "amount") }
    try reader.finish()
    let id = TopUpID(request.id)
    try context.permit(call, topUp: id)
    let topUp = try await context.refundDesk.refund(
      RefundRequest(
        caller: context.caller(of: call), key: key, id: id,
        wish: RefundWish(amount: amount, actor: actor, reason: reason)))
    return RefundTopUpResponse(
      topUp: try telling(of: "the refund") { () throws(ServiceError) in try record(of: topUp) })
  }

  package func quoteTopUp(
    _ request: QuoteTopUpRequest, context call: ServerContext
  ) async throws -> QuoteTopUpResponse {
    var reader = context.reader()
    let account = reader.account(request.account)
    let side = side(of: request, &reader)
    try reader.finish()
    try context.permit(call, account: account)
    guard case .ddc(let ddc) = account, let side else {
      throw ServiceError.notBuiltYet(
        method: "a quote for credits", instead: "ListPrices says what credits cost")
    }
    switch await context.outside.ramp.quote(QuoteRequest(side: side, cluster: ddc.cluster)) {
    case .answered(let quote):
      return QuoteTopUpResponse(
        amount: quote.gross.api, fee: quote.fee.api, net: quote.net.api,
        tokens: quote.tokens.decimal, rateNano: quote.rateNano,
        expiresAt: quote.expires.timestamp)
    case .refused(let refusal):
      throw ServiceError.ramp(refusal)
    case .unknown(let reason), .notSent(let reason):
      throw ServiceError.dependencyUnavailable(name: "ramp", detail: reason)
    }
  }

  private func side(
    of request: QuoteTopUpRequest, _ reader: inout RequestReader
  ) -> QuoteRequest.Side? {
    switch request.side {
    case .amount(let money): return reader.charge(money, "amount").map { .fiat($0) }
    case .tokens(let text):
      let units = reader.units(text, "tokens")
      let currency = reader.currency(request.currency, "currency")
      guard let units, let currency else { return nil }
      return .tokens(Planck(units), currency)
    case nil:
      reader.reject(FieldViolation("side", "is required: amount or tokens"))
      return nil
    }
  }

  // MARK: Policies

  package func getPolicy(
    _ request: GetPolicyRequest, context call: ServerContext
  ) async throws -> GetPolicyResponse {
    var reader = context.reader()
    let account = reader.account(request.account)
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    let policy = try context.policies.get(account)
    guard context.mayName(call, payer: policy.payer) else {
      throw ServiceError.notFound(resource: "policy", name: account.name)
    }
    return GetPolicyResponse(policy: policy.api)
  }

  package func setPolicy(
    _ request: SetPolicyRequest, context call: ServerContext
  ) async throws -> SetPolicyResponse {
    var reader = context.reader()
    let policy = reader.policy(request.policy)
    let key = reader.idempotencyKey(request.idempotencyKey)
    reader.expected(request.expectedVersion)
    if let policy, context.zones.rules(of: policy.timeZone) == nil {
      reader.reject(
        FieldViolation(
          "policy.time_zone", "\(policy.timeZone.cut(toBytes: 64)) is not a known IANA zone"))
    }
    // What was kept is told again, whatever the price list says of it by now.
    if let kept = try kept(request, call) { return SetPolicyResponse(policy: kept.api) }
    try reader.finish()
    guard let policy else { throw ServiceError.invalid([]) }
    try context.permit(call, account: policy.account, "policy.account")
    try context.permit(call, payer: policy.payer, "policy.payer")
    let kept = try await context.policies.set(
      policy, expected: request.expectedVersion, caller: context.caller(of: call), key: key,
      digest: request.digest
    ) { replaced throws(ServiceError) in try context.permit(call, replacing: replaced) }
    await context.engine.pokeEvaluations()
    return SetPolicyResponse(policy: kept.api)
  }

  /// The rule of a request that was kept before (invariant 43).
  ///
  /// - Returns: nil for one that is new, or that says not whose it is.
  private func kept(
    _ request: SetPolicyRequest, _ call: ServerContext
  ) throws(ServiceError) -> TopUpCore.Policy? {
    var reader = context.reader()
    let account = reader.account(request.policy?.account, "policy.account")
    let payer = reader.payer(request.policy?.payer, "policy.payer")
    guard let account, let payer, reader.violations.isEmpty else { return nil }
    try context.permit(call, account: account, "policy.account")
    try context.permit(call, payer: payer, "policy.payer")
    try context.permit(call, replacingPolicyOf: account)
    return try context.policies.known(
      account, caller: context.caller(of: call), key: request.idempotencyKey,
      request.digest)
  }

  package func listDecisions(
    _ request: ListDecisionsRequest, context call: ServerContext
  ) async throws -> ListDecisionsResponse {
    var reader = context.reader()
    let account = reader.account(request.account)
    let size = reader.pageSize(request.pageSize)
    let before = reader.position(request.pageToken)
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    let found = try context.store.look { snapshot throws(StoreError) in
      try snapshot.decisions(of: account, before: before, limit: size + 1)
    }
    let page = found.prefix(size)
    return ListDecisionsResponse(
      decisions: page.map(\.api),
      nextPageToken: found.count > size ? page.last.map { "\($0.position)" } ?? "" : "")
  }

  // MARK: A later release

  package func createCheckout(
    _ request: CreateCheckoutRequest, context call: ServerContext
  ) async throws -> CreateCheckoutResponse {
    var reader = context.reader()
    try context.permit(call, account: reader.account(request.account))
    try context.permit(call, payer: reader.payer(request.payer))
    throw ServiceError.notBuiltYet(
      method: "CreateCheckout", instead: "store a card and use CreateTopUp")
  }
}
