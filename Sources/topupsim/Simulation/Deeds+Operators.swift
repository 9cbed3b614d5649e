import RPCCore
import TopUpAPI
import TopUpCore

extension Deeds {
  /// Somebody raises, lowers or lifts what a tenant or the service may be charged.
  func setCaps() {
    let tenant = dice.chance(percent: 50) ? "" : dice.pick(Self.tenants)
    let caller = caller
    let asked = GetCapsRequest(tenant: tenant, currency: "USD")
    let day = cap(minorUnits: 1_000...8_000, count: 6)
    let month = cap(minorUnits: 2_000...20_000, count: 20)
    caller.call { () throws(RPCError) in
      try await caller.admin.getCaps(asked, options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result else { return }
      let request = SetCapsRequest(
        tenant: tenant, day: day, month: month,
        actor: ActorMessage(name: "operator", reason: "contract"), currency: "USD",
        expectedVersion: answer.caps.first?.version ?? 0)
      caller.call { () throws(RPCError) in
        try await caller.admin.setCaps(request, options: Caller.patience)
      } _: { [self] result in
        note("caps of \(tenant.isEmpty ? "the service" : tenant): \(Self.word(result))")
      }
    }
  }

  private func cap(minorUnits range: ClosedRange<Int>, count: Int) -> Cap? {
    guard dice.chance(percent: 80) else { return nil }
    let amount = TopUpAPI.Money(minorUnits: Int64(dice.number(range)), currency: "USD")
    return Cap(
      count: dice.chance(percent: 30) ? Int32(dice.number(0...count)) : 0,
      amount: dice.chance(percent: 80) ? amount : nil)
  }

  /// Somebody looks at the ramp, lets charging go on and takes its price for right.
  func mindRamp() {
    let caller = caller
    let actor = ActorMessage(name: "operator", reason: "looked at it")
    let accepted = AcceptPriceRequest(currency: "USD", rateNano: 1_250_000, actor: actor)
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
      guard ramp.prices.first.map({ $0.rateNano != 1_250_000 }) ?? false else { return }
      caller.call { () throws(RPCError) in
        try await caller.admin.acceptPrice(accepted, options: Caller.patience)
      } _: { [self] result in
        note("price accepted: \(Self.word(result))")
      }
    }
  }
}
