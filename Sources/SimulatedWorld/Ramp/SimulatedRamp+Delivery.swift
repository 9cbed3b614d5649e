package import TopUpCore

/// How orders go on by themselves, with time and with the chain.
extension SimulatedRamp {
  /// The next moment at which an order may go on.
  package func nextWake(_ chain: SimulatedChain) -> UnixTime? {
    let waits = open.compactMap { id -> UnixTime? in
      guard let order = orders[id] else { return nil }
      return order.dueAt ?? (order.extrinsic == nil ? nil : chain.nextBlock)
    }
    return waits.min()
  }

  /// Takes each open order one step where it can go one; the chain must have been moved to now.
  package mutating func advance(to now: UnixTime, _ chain: inout SimulatedChain) {
    for id in open {
      guard let order = orders[id] else { continue }
      switch order.state {
      case .accepted:
        if let due = order.dueAt, due <= now { leaveAccepted(order, now: now, &chain) }
      case .onHold:
        if let due = order.dueAt, due <= now {
          change(id, now: now) {
            $0.dueAt = nil
            $0.state = .returned
            $0.reason = "returned to the client"
          }
        }
      case .settling:
        if let due = order.dueAt, due <= now { submit(order, now: now, &chain) }
      case .submitted, .inBlock: follow(order, now: now, chain)
      case .completed, .partial, .failed, .cancelled, .expired, .returned: break
      }
    }
  }

  /// An operator of the ramp lets a held order go on.
  /// - Returns: false when the order is not on hold.
  package mutating func release(
    _ id: String, now: UnixTime, _ chain: inout SimulatedChain
  ) -> Bool {
    guard let order = orders[id], order.state == .onHold else { return false }
    submit(order, now: now, &chain)
    return true
  }

  private mutating func leaveAccepted(
    _ order: SimulatedOrder, now: UnixTime, _ chain: inout SimulatedChain
  ) {
    let later = now.advanced(by: configuration.holdDelay)
    switch order.fate {
    case .failBeforeSubmit:
      change(order.id, now: now) {
        $0.state = .failed
        $0.reason = "refused by the wallet"
        $0.dueAt = nil
      }
    case .expire:
      change(order.id, now: now) {
        $0.state = .expired
        $0.dueAt = nil
      }
    case .hold, .holdThenReturn:
      change(order.id, now: now) {
        $0.state = .onHold
        $0.reason = "compliance"
        $0.dueAt = order.fate == .hold ? nil : later
      }
    case .unknownState:
      change(order.id, now: now) {
        $0.state = .settling
        $0.dueAt = later
      }
    case .failAfterSubmit, .failUnknown, .partial, .doubleDeposit, .reject, .completeEarly, nil:
      submit(order, now: now, &chain)
    }
  }

  private mutating func submit(
    _ order: SimulatedOrder, now: UnixTime, _ chain: inout SimulatedChain
  ) {
    guard let body = order.body else { return }
    let share = order.fate == .partial ? Planck(body.planck.units / 2) : body.planck
    let call: ChainCall =
      order.fate == .failAfterSubmit
      ? .failingDeposit(body.destination, share) : .deposit(body.destination, share)
    let extrinsic = chain.submit(call, now: now)
    if order.fate == .doubleDeposit { _ = chain.submit(call, now: now) }
    change(order.id, now: now) {
      $0.extrinsic = extrinsic
      $0.dueAt = nil
      $0.state = order.fate == .failUnknown ? .failed : .submitted
      $0.reason = order.fate == .failUnknown ? "lost sight of the extrinsic" : nil
      $0.fundsMoved = .unknown
    }
    if order.fate == .failUnknown { spend(share) }
  }

  /// Follows a submitted order on chain, also back when a fork takes its block away.
  private mutating func follow(
    _ order: SimulatedOrder, now: UnixTime, _ chain: SimulatedChain
  ) {
    guard let extrinsic = order.extrinsic, let inclusion = chain.inclusion(of: extrinsic) else {
      if order.state == .inBlock {
        change(order.id, now: now) {
          $0.state = .submitted
          $0.evidence = nil
          $0.fundsMoved = .unknown
        }
      }
      return
    }
    if let failure = inclusion.failure {
      guard chain.isFinalized(inclusion.blockNumber) else { return }
      change(order.id, now: now) {
        $0.state = .failed
        $0.reason = failure
        $0.fundsMoved = .no
      }
      return
    }
    let evidence = ChainEvidence(
      extrinsicHash: inclusion.extrinsicHash, blockHash: chain.hash(of: inclusion.blockNumber),
      blockNumber: inclusion.blockNumber, eventIndex: inclusion.eventIndex)
    let isFinal = chain.isFinalized(inclusion.blockNumber) || order.fate == .completeEarly
    if isFinal {
      let whole = order.ordered.units - (inclusion.isSkimmed ? Planck.cere.units : 0)
      change(order.id, now: now) {
        $0.evidence = evidence
        $0.credited = inclusion.credited
        $0.isSkimmed = inclusion.isSkimmed
        $0.fundsMoved = .yes
        $0.state = inclusion.credited.units == whole ? .completed : .partial
      }
      let delivered = inclusion.credited.units + order.ordered.units - whole
      spend(Planck(order.fate == .doubleDeposit ? delivered * 2 : delivered))
    } else if order.evidence != evidence {
      change(order.id, now: now) {
        $0.state = .inBlock
        $0.evidence = evidence
        $0.fundsMoved = .yes
      }
    }
  }

  private mutating func spend(_ amount: Planck) {
    treasury = Planck(max(0, treasury.units - amount.units))
  }
}
