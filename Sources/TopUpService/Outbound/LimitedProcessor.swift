package import TopUpCore

/// The processor behind a limiter: a call that does not get its turn in time was not sent, which is
/// never a doubt (invariant 15).
package struct LimitedProcessor: CardProcessor {
  private let processor: any CardProcessor
  private let limiter: OutboundLimiter
  /// On whose behalf it calls; tenants have their turns one after another.
  private let tenant: String

  package init(_ processor: any CardProcessor, _ limiter: OutboundLimiter, tenant: String = "") {
    self.processor = processor
    self.limiter = limiter
    self.tenant = tenant
  }

  package func acting(for tenant: String) -> any CardProcessor {
    LimitedProcessor(processor, limiter, tenant: tenant)
  }

  private func call<Value>(
    _ endpoint: OutboundEndpoint, _ body: (any CardProcessor) async -> OutsideResult<Value>
  ) async -> OutsideResult<Value> {
    guard await limiter.pass(endpoint, for: tenant) else {
      return .notSent(Self.noTurn)
    }
    return await attend(endpoint, await body(processor))
  }

  /// What a call says that did not get its turn.
  static let noTurn = "too many calls to the processor wait for their turn"

  /// Slows down where the answer says so.
  private func attend<Value>(
    _ endpoint: OutboundEndpoint, _ result: OutsideResult<Value>
  ) async -> OutsideResult<Value> {
    // A lock of one object says nothing of the rate.
    if case .refused(let refusal) = result, refusal.kind == .rateLimited,
      refusal.code != "lock_timeout"
    {
      await limiter.wasTooMuch(endpoint, retryAfter: refusal.retryAfter)
    }
    return result
  }

  // MARK: Cards

  package func createCustomer(_ request: CreateCustomer) async -> OutsideResult<CustomerID> {
    await call(.cards) { await $0.createCustomer(request) }
  }

  package func nameCustomer(
    _ id: CustomerID, after store: String, key: IdempotencyKey
  ) async -> OutsideResult<CustomerID> {
    await call(.cards) { await $0.nameCustomer(id, after: store, key: key) }
  }

  package func createSetupIntent(
    _ request: CreateSetupIntent
  ) async -> OutsideResult<SetupIntentSnapshot> {
    await call(.cards) { await $0.createSetupIntent(request) }
  }

  package func setupIntent(_ id: SetupIntentID) async -> OutsideResult<SetupIntentSnapshot> {
    await call(.cards) { await $0.setupIntent(id) }
  }

  package func paymentMethods(of customer: CustomerID) async -> OutsideResult<[CardSnapshot]> {
    await call(.cards) { await $0.paymentMethods(of: customer) }
  }

  package func paymentMethod(
    _ id: PaymentMethodID, of customer: CustomerID
  ) async -> OutsideResult<CardSnapshot> {
    await call(.cards) { await $0.paymentMethod(id, of: customer) }
  }

  package func attach(
    _ id: PaymentMethodID, to customer: CustomerID, key: IdempotencyKey
  ) async -> OutsideResult<CardSnapshot> {
    await call(.cards) { await $0.attach(id, to: customer, key: key) }
  }

  package func updateCard(_ request: UpdateCard) async -> OutsideResult<CardSnapshot> {
    await call(.cards) { await $0.updateCard(request) }
  }

  package func detach(
    _ id: PaymentMethodID, key: IdempotencyKey
  ) async -> OutsideResult<CardSnapshot> {
    await call(.cards) { await $0.detach(id, key: key) }
  }

  // MARK: Intents

  package func createIntent(_ request: CreateIntent) async -> OutsideResult<IntentSnapshot> {
    await call(.createIntent) { await $0.createIntent(request) }
  }

  package func confirmIntent(_ request: ConfirmIntent) async -> OutsideResult<IntentSnapshot> {
    await attend(.confirmIntent, await processor.confirmIntent(request))
  }

  package func turnToConfirm() async -> Bool {
    await limiter.pass(.confirmIntent, for: tenant)
  }

  package func cancelIntent(
    _ id: PaymentIntentID, key: IdempotencyKey
  ) async -> OutsideResult<IntentSnapshot> {
    await call(.cancelIntent) { await $0.cancelIntent(id, key: key) }
  }

  package func intent(_ id: PaymentIntentID) async -> OutsideResult<IntentSnapshot> {
    await call(.readIntent) { await $0.intent(id) }
  }

  package func intents(
    of customer: CustomerID, since: UnixTime
  ) async -> OutsideResult<[IntentSnapshot]> {
    await call(.listIntents) { await $0.intents(of: customer, since: since) }
  }

  package func intents(
    since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<IntentSnapshot>> {
    await call(.listIntents) { await $0.intents(since: since, after: after) }
  }

  // MARK: What is taken back, and lists

  package func reversedIntents(
    by kind: Reversal.Kind, since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<PaymentIntentID>> {
    await call(.listReversals) { await $0.reversedIntents(by: kind, since: since, after: after) }
  }

  package func movements(
    since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<ProcessorMovement>> {
    await call(.listMovements) { await $0.movements(since: since, after: after) }
  }

  package func createRefund(_ request: CreateRefund) async -> OutsideResult<RefundSnapshot> {
    await call(.createRefund) { await $0.createRefund(request) }
  }

  package func refunds(of intent: PaymentIntentID) async -> OutsideResult<[RefundSnapshot]> {
    await call(.readReversals) { await $0.refunds(of: intent) }
  }

  package func disputes(of intent: PaymentIntentID) async -> OutsideResult<[DisputeSnapshot]> {
    await call(.readReversals) { await $0.disputes(of: intent) }
  }

  package func events(since: UnixTime, after: String?) async -> OutsideResult<EventPage> {
    await call(.listEvents) { await $0.events(since: since, after: after) }
  }

  package func serverTime() async -> OutsideResult<UnixTime> {
    await call(.readClock) { await $0.serverTime() }
  }
}
