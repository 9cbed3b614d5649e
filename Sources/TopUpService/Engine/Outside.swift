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
      event(await processor.intent(intent)) { .reread($0) }
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
