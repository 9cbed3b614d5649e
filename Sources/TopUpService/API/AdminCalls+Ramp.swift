internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// How the ramp stands, and what a person says of it.

extension AdminCalls {
  package func getRamp(
    _ request: GetRampRequest, context call: ServerContext
  ) async throws -> GetRampResponse {
    try context.permitService(call)
    let now = context.clock.now
    let (standing, prices, claims) = try context.store.look { snapshot throws(StoreError) in
      (
        try snapshot.rampStanding(), try snapshot.acceptedPrices(),
        try snapshot.headroomClaims()
      )
    }
    var response = GetRampResponse(
      breaker: standing.api, claimed: claims.tokens.decimal,
      prices: prices.map { $0.api(context.rampTerms.band, at: now) })
    do throws(StoreError) {
      switch try await context.rampWatch.headroom() {
      case .told(let headroom):
        response.headroom = headroom.said.decimal
        response.claimed = headroom.claimed.decimal
      case .unavailable(let reason): response.headroomDetail = reason
      case .notAsked: break
      }
    } catch { throw ServiceError.store(error) }
    return response
  }

  package func clearRampBreaker(
    _ request: ClearRampBreakerRequest, context call: ServerContext
  ) async throws -> ClearRampBreakerResponse {
    try context.permitService(call)
    var reader = context.reader()
    let (actor, reason) = reader.person(request.actor)
    reader.expected(request.expectedVersion)
    try reader.finish()
    let standing = try await context.rampKeeper.clear(
      actor: actor, reason: reason, expected: request.expectedVersion)
    await context.engine.pokeEvaluations()
    return ClearRampBreakerResponse(breaker: standing.api)
  }

  package func acceptPrice(
    _ request: AcceptPriceRequest, context call: ServerContext
  ) async throws -> AcceptPriceResponse {
    try context.permitService(call)
    var reader = context.reader()
    let currency = reader.currency(request.currency, "currency")
    let (actor, reason) = reader.person(request.actor)
    if request.rateNano <= 0 {
      reader.reject(FieldViolation("rate_nano", "must be above zero"))
    }
    reader.expected(request.expectedVersion)
    try reader.finish()
    guard let currency else { throw ServiceError.invalid([]) }
    let price = try await context.rampKeeper.accept(
      request.rateNano, currency, actor: actor, reason: reason,
      expected: request.expectedVersion)
    await context.engine.pokeEvaluations()
    return AcceptPriceResponse(
      price: price.api(context.rampTerms.band, at: context.clock.now))
  }
}

extension ServiceContext {
  fileprivate var rampKeeper: RampKeeper {
    RampKeeper(store: store, clock: clock, fence: fence)
  }
}

extension RampStanding {
  var api: TopUpAPI.RampBreaker {
    TopUpAPI.RampBreaker(
      open: isOpen, reason: cause, openedAt: opened?.timestamp, probesAt: probesAt?.timestamp,
      probeTopUpID: probe?.rawValue ?? "", compensations: Int32(clamping: compensations),
      version: version)
  }
}

extension TopUpCore.AcceptedPrice {
  fileprivate func api(_ band: PriceBand, at now: UnixTime) -> TopUpAPI.AcceptedPrice {
    TopUpAPI.AcceptedPrice(
      currency: currency.code, rateNano: rateNano, acceptedAt: accepted.timestamp,
      actor: ActorMessage(name: actor, reason: reason),
      bandPercent: Int32(clamping: band.percent(around: self, at: now)), version: version)
  }
}
