package import TopUpCore

/// The other systems that the engine calls.
package struct Outside: Sendable {
  package let processor: any CardProcessor
  package let ramp: any Ramp
  package let node: any BalanceReader

  package init(processor: any CardProcessor, ramp: any Ramp, node: any BalanceReader) {
    self.processor = processor
    self.ramp = ramp
    self.node = node
  }

  /// Makes a top-up's next call and says what happened.
  func perform(_ effect: Effect, of topUp: TopUp) async -> TopUpEvent {
    let processor = processor.acting(for: topUp.payer.tenant)
    return switch effect {
    case .createIntent(let request):
      event(await processor.createIntent(request)) { .intentSeen($0) }
    case .confirmIntent(let request):
      event(await processor.confirmIntent(request)) { .intentSeen($0) }
    case .cancelIntent(let intent, let key):
      event(await processor.cancelIntent(intent, key: key)) { .intentSeen($0) }
    case .askIntent(let intent):
      event(await processor.intent(intent)) { .intentSeen($0) }
    case .findIntent(let customer, let since, let attempt):
      // A minute of slack for a processor whose clock runs behind.
      event(await processor.intents(of: customer, since: since.advanced(by: .seconds(-60)))) {
        intents in
        intents.first { $0.topUp == topUp.id && $0.attempt == attempt }
          .map { .intentSeen($0) } ?? .intentNotFound
      }
    case .askQuote(let request):
      event(await ramp.quote(request)) { .quoted($0) }
    case .rereadBeforeOrder(let intent):
      await reread(intent, of: topUp, processor)
    case .createOrder(let request):
      event(await ramp.createOrder(request)) { .orderSeen($0) }
    case .askOrder(let id): orderEvent(await ramp.order(id))
    case .cancelOrder(let id): event(await ramp.cancelOrder(id)) { .orderSeen($0) }
    case .askFinality(let number):
      event(await node.finalizedBlock(number)) { .finalitySeen($0) }
    case .createRefund(let request):
      event(await processor.createRefund(request)) { .refundsSeen([$0]) }
    case .askRefunds(let intent):
      event(await processor.refunds(of: intent)) { .refundsSeen($0) }
    }
  }

  /// The charge as it stands. Where something was taken back of it that is news, what took it is told
  /// instead: its top-up then gives back what is left (invariant 32).
  private func reread(
    _ intent: PaymentIntentID, of topUp: TopUp, _ processor: any CardProcessor
  ) async -> TopUpEvent {
    let answer = await processor.intent(intent)
    guard case .answered(let seen) = answer,
      seen.isDisputed || (seen.refunded?.minorUnits ?? 0) > 0
    else { return event(answer) { .reread($0) } }
    guard case .answered(let refunds) = await processor.refunds(of: intent),
      case .answered(let disputes) = await processor.disputes(of: intent)
    else { return .inDoubt("what was taken back could not be read") }
    let news =
      ((refunds.filter { !topUp.isOwn($0) } + topUp.lateRefunds(in: refunds))
      .map { ReversalSnapshot($0) }
      + disputes.map { ReversalSnapshot($0) }).filter { snapshot in
        !topUp.reversals.contains { $0.id == snapshot.id && $0.rank >= snapshot.rank }
      }
    return news.isEmpty ? .reread(seen) : .reversalsSeen(news)
  }

  private func event<Value>(
    _ result: OutsideResult<Value>, _ answered: (Value) -> TopUpEvent
  ) -> TopUpEvent {
    switch result {
    case .answered(let value): answered(value)
    case .refused(let refusal): .refused(refusal)
    case .unknown(let reason): .inDoubt(reason)
    case .notSent(let reason): .notSent(reason)
    }
  }

  private func orderEvent(_ result: OutsideResult<RampOrder>) -> TopUpEvent {
    if case .refused(let refusal) = result, refusal.kind == .notFound { return .orderNotFound }
    return event(result) { .orderSeen($0) }
  }
}
