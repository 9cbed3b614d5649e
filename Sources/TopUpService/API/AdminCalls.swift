internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

/// The service `topup.v1.Admin`.
package struct AdminCalls: AdminServiceProtocol {
  let context: ServiceContext

  package init(_ context: ServiceContext) { self.context = context }

  package func getStatus(
    _ request: GetStatusRequest, context call: ServerContext
  ) async throws -> GetStatusResponse {
    try context.permitService(call)
    let (settings, head, counts, ramp, spans) = try context.store.look {
      snapshot throws(StoreError) in
      (
        try snapshot.settings(), try snapshot.head(), try snapshot.counts(),
        try snapshot.rampStanding(), try snapshot.leadTimes(limit: TopUpCore.LeadTime.samplesMax)
      )
    }
    var response = GetStatusResponse(
      version: context.version, startedAt: context.started.timestamp,
      serverTime: context.clock.now.timestamp, livemode: context.isLive,
      storeID: settings.storeID, ledgerPosition: head.position)
    response.components = await ComponentProbe(context).components()
    response.topUpsInFlight = counts.unfinished
    response.reviewItems = counts.inReview
    response.inboxWaiting = counts.inboxWaiting
    response.inboxDeadLetters = counts.inboxGivenUp
    response.killSwitch = settings.isKillSwitchOn
    response.rampBreaker = ramp.api
    response.lastReconciliation = await context.engine.lastReconciliation?.api
    response.behind = settings.behind ?? ""
    response.leadTime = TopUpCore.LeadTime(of: spans).api
    return response
  }

  package func getLedgerHead(
    _ request: GetLedgerHeadRequest, context call: ServerContext
  ) async throws -> GetLedgerHeadResponse {
    try context.permitService(call)
    let head = try context.store.look { snapshot throws(StoreError) in try snapshot.head() }
    return GetLedgerHeadResponse(
      position: head.position, digest: head.digest, at: context.clock.now.timestamp)
  }

  package func verifyLedger(
    _ request: VerifyLedgerRequest, context call: ServerContext
  ) async throws -> VerifyLedgerResponse {
    try context.permitService(call)
    var reader = context.reader()
    let kept = reader.ledgerHead(position: request.headPosition, digest: request.headDigest)
    try reader.finish()
    let verdict = try await context.verifications.look { snapshot throws(StoreError) in
      try snapshot.verdict(against: kept, while: { !Task.isCancelled })
    }
    return verdict.api
  }

  package func setKillSwitch(
    _ request: SetKillSwitchRequest, context call: ServerContext
  ) async throws -> SetKillSwitchResponse {
    try context.permitService(call)
    var reader = context.reader()
    let actor = reader.name(request.actor?.name ?? "", "actor.name")
    _ = reader.name(request.actor?.reason ?? "", "actor.reason")
    try reader.finish()
    let reason = request.actor?.reason ?? ""
    try await context.store.keep(
      [.setKillSwitch(request.engaged, actor: "\(actor): \(reason)")], at: context.clock.now,
      fence: context.fence)
    return SetKillSwitchResponse(engaged: request.engaged)
  }

  package func clearBreaker(
    _ request: ClearBreakerRequest, context call: ServerContext
  ) async throws -> ClearBreakerResponse {
    try context.permitService(call)
    var reader = context.reader()
    let account = reader.account(request.account)
    let actor = reader.name(request.actor?.name ?? "", "actor.name")
    let reason = reader.name(request.actor?.reason ?? "", "actor.reason")
    try reader.finish()
    try context.permit(call, account: account)
    let method = PaymentMethodID(request.paymentMethodID)
    let card = try context.store.look { snapshot throws(StoreError) in try snapshot.card(method) }
    guard let account, let card, context.mayName(call, payer: card.payer) else {
      throw ServiceError.cardNotOwned(method)
    }
    let now = context.clock.now
    try await context.store.keep(
      [
        .clearBreaker(
          account, fingerprint: card.card.fingerprint, actor: "\(actor): \(reason)"),
        .evaluate(account, due: now, claim: nil),
      ], at: now, fence: context.fence)
    await context.engine.pokeEvaluations()
    return ClearBreakerResponse()
  }
}

extension TopUpCore.LeadTime {
  fileprivate var api: TopUpAPI.LeadTime {
    TopUpAPI.LeadTime(p95: p95.proto, samples: Int32(samples), measured: isMeasured)
  }
}
