internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// What a tenant, or the whole service, may be charged.

extension AdminCalls {
  package func setCaps(
    _ request: SetCapsRequest, context call: ServerContext
  ) async throws -> SetCapsResponse {
    try context.permitService(call)
    var reader = context.reader()
    let scope = reader.scope(request.tenant)
    let currency = reader.currency(request.currency, "currency")
    let day = reader.cap(request.day, currency, "day")
    let month = reader.cap(request.month, currency, "month")
    let (actor, reason) = reader.person(request.actor)
    reader.expected(request.expectedVersion)
    try reader.finish()
    try context.permit(call, scope: scope)
    guard let currency else { throw ServiceError.invalid([]) }
    let caps = try await context.caps.set(
      CapsRequest(
        scope: scope, currency: currency, day: day, month: month,
        timeZone: request.timeZone.isEmpty ? "UTC" : request.timeZone,
        expected: request.expectedVersion, actor: actor, reason: reason))
    await context.engine.pokeEvaluations()
    return SetCapsResponse(caps: caps.api)
  }

  package func getCaps(
    _ request: GetCapsRequest, context call: ServerContext
  ) async throws -> GetCapsResponse {
    try context.permitService(call)
    var reader = context.reader()
    let scope = reader.scope(request.tenant)
    let currency =
      request.currency.isEmpty ? nil : reader.currency(request.currency, "currency")
    try reader.finish()
    try context.permit(call, scope: scope)
    guard let currency else {
      return GetCapsResponse(caps: try context.caps.all(of: scope).map(\.api))
    }
    return GetCapsResponse(caps: [try context.caps.get(scope, currency).api])
  }
}

extension ServiceContext {
  fileprivate var caps: CapsKeeper {
    CapsKeeper(store: store, clock: clock, zones: zones, fence: fence)
  }

  /// Whoever may act for some tenants alone sets no other's caps; the service's go with the kill
  /// switch.
  fileprivate func permit(_ call: ServerContext, scope: CapScope) throws(ServiceError) {
    guard case .tenant(let tenant) = scope else { return }
    try permit(call) { [$0.refusal(tenant: tenant, "tenant")] }
  }
}

extension RequestReader {
  fileprivate mutating func scope(_ tenant: String) -> CapScope {
    tenant.isEmpty ? .service : .tenant(name(tenant, "tenant"))
  }

  fileprivate mutating func cap(
    _ cap: TopUpAPI.Cap?, _ currency: Currency?, _ field: String
  ) -> TopUpCore.Policy.Cap {
    guard let currency else { return TopUpCore.Policy.Cap() }
    return self.cap(cap, currency, field)
  }
}

extension CapsInForce {
  fileprivate var api: TopUpAPI.Caps {
    var caps = TopUpAPI.Caps(
      currency: rule.currency.code, day: rule.day.api(rule.currency),
      month: rule.month.api(rule.currency), timeZone: rule.timeZone, version: rule.version)
    if case .tenant(let tenant) = rule.scope { caps.tenant = tenant }
    if rule.version > 0 {
      caps.actor = ActorMessage(name: rule.actor, reason: rule.reason)
      caps.setAt = rule.set.timestamp
    }
    caps.dayUse = day.use(dayLabel, rule.currency)
    caps.monthUse = month.use(monthLabel, rule.currency)
    return caps
  }
}

extension CapWindow {
  fileprivate func use(_ label: String, _ currency: Currency) -> CapUse {
    CapUse(
      window: label, count: usedCount,
      amount: TopUpCore.Money(minorUnits: usedMinorUnits, currency).api, endsAt: ends.timestamp)
  }
}
