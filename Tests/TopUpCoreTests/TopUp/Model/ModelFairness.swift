import TopUpCore

/// An environment that does what it promises from now on, in one of several tempers.
struct ModelFairness {
  var bank: ModelProcessor.Status
  var rampDelivers: Bool
  var rampTakesOrders: Bool

  static let tempers = [
    ModelFairness(bank: .succeeded, rampDelivers: true, rampTakesOrders: true),
    ModelFairness(bank: .declined, rampDelivers: false, rampTakesOrders: true),
    ModelFairness(bank: .needsPerson, rampDelivers: true, rampTakesOrders: false),
  ]

  /// Rounds within which it must be over; an hour of looks at the longest intervals.
  private static let roundsMax = 400

  /// Where a top-up ends when nothing goes wrong any more; nil when it does not.
  func end(of start: ModelWorld) -> ModelWorld? {
    var world = start
    world.drivers = [ModelWorld.Driver()]
    world.kept = nil
    while !world.ghosts.isEmpty { world = world.after(.arriveLate(0)) }
    for _ in 0..<Self.roundsMax {
      if world.fault != nil { return world }
      if world.stored.state.isTerminal || world.stored.state == .needsReview { return world }
      settle(&world)
      world.now = max(world.now, world.current(0).nextCheck ?? world.now)
      world = world.after(move(world))
      if world.drivers[0].flight != nil { world = world.after(.deliver(0)) }
    }
    return nil
  }

  private func move(_ world: ModelWorld) -> ModelMove {
    if case .createOrder = world.current(0).next(), !rampTakesOrders {
      return .refuse(0, .insufficientLiquidity)
    }
    return .call(0, bank: bank)
  }

  private func settle(_ world: inout ModelWorld) {
    for (index, intent) in world.processor.intents.enumerated()
    where intent.status == .processing {
      world.processor.settle(index, bank == .succeeded ? .succeeded : .declined)
    }
    for (index, refund) in world.processor.refunds.enumerated() where refund.status == .pending {
      world.processor.settleRefund(index, .succeeded)
    }
    for (number, order) in world.ramp.orders {
      switch order.status {
      case .accepted: world.ramp.settle(number, .submitted)
      case .submitted, .failedUnsure:
        world.ramp.settle(number, rampDelivers ? .completed : .failed)
      case .completed: world.ramp.settle(number, .finalized)
      case .finalized, .failed, .cancelled: break
      }
    }
  }
}
