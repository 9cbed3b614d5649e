import RPCCore
import TopUpAPI
import TopUpCore

extension Deeds {
  /// What the ramp asks for, where nothing moves its prices.
  private static let rates: [String: Int64] = ["USD": 1_250_000, "EUR": 1_150_000]

  /// Somebody raises, lowers or lifts what a tenant or the service may be charged.
  func setCaps() {
    let tenant = dice.chance(percent: 50) ? "" : dice.pick(Self.tenants)
    let caller = caller
    let currency = dice.pick(profile.currencies)
    let asked = GetCapsRequest(tenant: tenant, currency: currency)
    let day = cap(minorUnits: 1_000...8_000, count: 6, currency)
    let month = cap(minorUnits: 2_000...20_000, count: 20, currency)
    caller.call { () throws(RPCError) in
      try await caller.admin.getCaps(asked, options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result else { return }
      let request = SetCapsRequest(
        tenant: tenant, day: day, month: month,
        actor: ActorMessage(name: "operator", reason: "contract"), currency: currency,
        expectedVersion: answer.caps.first?.version ?? 0)
      caller.call { () throws(RPCError) in
        try await caller.admin.setCaps(request, options: Caller.patience)
      } _: { [self] result in
        note("caps of \(tenant.isEmpty ? "the service" : tenant): \(Self.word(result))")
      }
    }
  }

  private func cap(
    minorUnits range: ClosedRange<Int>, count: Int, _ currency: String
  ) -> Cap? {
    guard dice.chance(percent: 80) else { return nil }
    let amount = TopUpAPI.Money(minorUnits: Int64(dice.number(range)), currency: currency)
    return Cap(
      count: dice.chance(percent: 30) ? Int32(dice.number(0...count)) : 0,
      amount: dice.chance(percent: 80) ? amount : nil)
  }

  /// Somebody looks at the ramp, lets charging go on and takes its price for right.
  func mindRamp() {
    let caller = caller
    let actor = ActorMessage(name: "operator", reason: "looked at it")
    caller.call { () throws(RPCError) in
      try await caller.admin.getRamp(GetRampRequest(), options: Caller.patience)
    } _: { [self] result in
      guard case .success(let ramp) = result else { return }
      if ramp.breaker?.open == true {
        let request = ClearRampBreakerRequest(
          actor: actor, expectedVersion: ramp.breaker?.version ?? 0)
        caller.call { () throws(RPCError) in
          try await caller.admin.clearRampBreaker(request, options: Caller.patience)
        } _: { [self] result in
          note("breaker cleared: \(Self.word(result))")
        }
      }
      for price in ramp.prices {
        let rate = Self.rates[price.currency] ?? price.rateNano
        guard price.rateNano != rate else { continue }
        let accepted = AcceptPriceRequest(
          currency: price.currency, rateNano: rate, actor: actor)
        caller.call { () throws(RPCError) in
          try await caller.admin.acceptPrice(accepted, options: Caller.patience)
        } _: { [self] result in
          note("price accepted: \(Self.word(result))")
        }
      }
    }
  }
}
