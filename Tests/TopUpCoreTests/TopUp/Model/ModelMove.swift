import TopUpCore

/// One thing that can happen next.
enum ModelMove: Hashable {
  /// A driver reads the store anew, as after a crash; what it sent is on its own from now on.
  case restart(Int)
  /// A driver makes its next call, which arrives; the answer is on its way.
  case call(Int, bank: ModelProcessor.Status)
  /// The call is refused.
  case refuse(Int, Refusal.Kind)
  /// A look finds nothing, though there may be something.
  case overlook(Int)
  /// The call is cut off: it never arrives, or arrives later.
  case cut(Int, arrivesLater: Bool)
  /// The call never leaves.
  case unsent(Int)
  case deliver(Int)
  /// The answer is lost on its way.
  case lose(Int)
  case arriveLate(Int)
  /// A webhook: the intent is read, and applied at once.
  case webhook(Int)
  /// The intent is read, to be applied later.
  case read(Int)
  case applyRead
  case settle(Int, ModelProcessor.Status)
  case settleRefund(Int, ModelProcessor.RefundStatus)
  case settleOrder(Int, ModelRamp.Status)
  case wishToCancel
  case forbid
  case forgetKeys
  case wait(Int)

  /// Whether it is what happens on a good day.
  var leadsOn: Bool {
    switch self {
    case .call, .deliver, .settle, .settleRefund, .settleOrder: true
    case .restart, .refuse, .overlook, .cut, .unsent, .lose, .arriveLate, .webhook, .read,
      .applyRead, .wishToCancel, .forbid, .forgetKeys, .wait:
      false
    }
  }
}

extension ModelWorld {
  private static let waitsMax = 3
  private static let ghostsMax = 2

  /// Everything that can happen here.
  var moves: [ModelMove] {
    var moves: [ModelMove] = []
    for index in drivers.indices { moves += driverMoves(index) }
    moves += ghosts.indices.map { .arriveLate($0) }
    for (index, intent) in processor.intents.enumerated() {
      moves.append(.webhook(index))
      if kept == nil { moves.append(.read(index)) }
      switch intent.status {
      case .processing: moves += [.settle(index, .succeeded), .settle(index, .declined)]
      case .needsPerson: moves += [.settle(index, .succeeded), .settle(index, .declined)]
      case .unconfirmed, .declined, .succeeded, .canceled: break
      }
    }
    if kept != nil { moves.append(.applyRead) }
    for (index, refund) in processor.refunds.enumerated() where refund.status == .pending {
      moves += [.settleRefund(index, .succeeded), .settleRefund(index, .failed)]
    }
    for (number, order) in ramp.orders.sorted(by: { $0.key < $1.key }) {
      switch order.status {
      case .accepted: moves.append(.settleOrder(number, .submitted))
      case .submitted:
        moves += [.completed, .failed, .failedUnsure].map { .settleOrder(number, $0) }
      case .failedUnsure: moves += [.completed, .failed].map { .settleOrder(number, $0) }
      case .completed: moves.append(.settleOrder(number, .finalized))
      case .finalized, .failed, .cancelled: break
      }
    }
    if !processor.hasForgotten { moves.append(.forgetKeys) }
    if waits < Self.waitsMax { moves += Self.waits.indices.map { .wait($0) } }
    if !stored.state.isTerminal { moves += [.wishToCancel, .forbid] }
    return moves
  }

  /// Two looks' spacing, past the deposit's deadline, past a day.
  static let waits: [Duration] = [.seconds(61), .seconds(1_801), .seconds(86_401)]

  private func driverMoves(_ index: Int) -> [ModelMove] {
    if drivers[index].flight != nil { return [.deliver(index), .lose(index), .restart(index)] }
    let topUp = current(index)
    guard !topUp.state.isTerminal else { return [] }
    var moves: [ModelMove] = drivers[index].hold == nil ? [] : [.restart(index)]
    guard topUp.state != .reserved, let effect = topUp.next() else {
      return moves + [.call(index, bank: .succeeded)]
    }
    if case .confirmIntent = effect {
      moves += [.succeeded, .declined, .needsPerson, .processing].map { .call(index, bank: $0) }
    } else {
      moves.append(.call(index, bank: .succeeded))
    }
    moves += [.refuse(index, .notAuthorised), .refuse(index, .notFound), .refuse(index, .invalid)]
    if effect.isPost {
      moves += [.cut(index, arrivesLater: false), .unsent(index)]
      if ghosts.count < Self.ghostsMax { moves.append(.cut(index, arrivesLater: true)) }
    }
    switch effect {
    case .findIntent, .askOrder, .askRefunds: moves.append(.overlook(index))
    case .createOrder: moves.append(.refuse(index, .quoteNotUsable))
    case .createIntent, .confirmIntent, .cancelIntent, .askIntent, .askQuote, .rereadBeforeOrder,
      .cancelOrder, .askFinality, .createRefund:
      break
    }
    return moves
  }

  /// The world after a move.
  func after(_ move: ModelMove) -> ModelWorld {
    var world = self
    world.make(move)
    return world
  }

  private mutating func make(_ move: ModelMove) {
    switch move {
    case .restart(let index): drivers[index] = Driver(hold: stored.afterRestart(), flight: nil)
    case .call(let index, let bank):
      send(index) { world, effect in world.arrive(effect, bank: bank) }
    case .refuse(let index, let kind): send(index) { _, _ in .refused(Sample.refusal(kind)) }
    case .overlook(let index): send(index) { _, effect in Self.nothingFound(effect) }
    case .cut(let index, let arrivesLater):
      send(index) { world, effect in
        if arrivesLater { world.ghosts.append(effect) }
        return .inDoubt("cut off")
      }
    case .unsent(let index): send(index) { _, _ in .notSent("no route") }
    case .deliver(let index):
      guard let flight = drivers[index].flight else { return }
      drivers[index].flight = nil
      answer(flight.answer, index)
    case .lose(let index):
      drivers[index].flight = nil
      answer(.inDoubt("lost"), index)
    case .arriveLate(let index):
      _ = arrive(ghosts.remove(at: index), bank: .succeeded)
    case .webhook(let index): applyAside(.intentSeen(processor.snapshot(index)))
    case .read(let index): kept = processor.snapshot(index)
    case .applyRead:
      if let kept { applyAside(.intentSeen(kept)) }
      kept = nil
    case .settle(let index, let status): processor.settle(index, status)
    case .settleRefund(let index, let status): processor.settleRefund(index, status)
    case .settleOrder(let number, let status): ramp.settle(number, status)
    case .wishToCancel: applyAside(.cancelRequested("its user"))
    case .forbid: applyAside(.chargeForbidden("switched off"))
    case .forgetKeys: processor.forget()
    case .wait(let index):
      now = now.advanced(by: Self.waits[index])
      waits += 1
    }
  }

  private mutating func send(
    _ index: Int, _ arrive: (inout ModelWorld, Effect) -> TopUpEvent
  ) {
    if stepAlone(index) { return }
    guard let effect = current(index).next() else { return }
    let answer = arrive(&self, effect)
    drivers[index].flight = Flight(effect: effect, answer: answer)
  }

  private static func nothingFound(_ effect: Effect) -> TopUpEvent {
    switch effect {
    case .findIntent: .intentNotFound
    case .askRefunds: .refundsSeen([])
    case .askOrder, .createIntent, .confirmIntent, .cancelIntent, .askIntent, .askQuote,
      .rereadBeforeOrder, .createOrder, .cancelOrder, .askFinality, .createRefund:
      .orderNotFound
    }
  }
}
