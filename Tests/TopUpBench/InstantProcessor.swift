import Synchronization
import TopUpCore
import TopUpService

/// A processor that does at once what a charge needs, and nothing else.
final class InstantProcessor: CardProcessor {
  private let intents = Mutex<[PaymentIntentID: IntentSnapshot]>([:])

  func createIntent(_ request: CreateIntent) async -> OutsideResult<IntentSnapshot> {
    let intent = IntentSnapshot(
      id: PaymentIntentID("pi_\(request.topUp)_\(request.attempt)"), status: .requiresConfirmation,
      amount: request.amount, amountReceived: Money(minorUnits: 0, request.amount.currency),
      customer: request.customer, paymentMethod: request.paymentMethod, latestCharge: nil,
      lastError: nil, refunded: Money(minorUnits: 0, request.amount.currency), clientSecret: nil,
      topUp: request.topUp, attempt: request.attempt, created: SystemClock().now)
    intents.withLock { $0[intent.id] = intent }
    return .answered(intent)
  }

  func confirmIntent(_ request: ConfirmIntent) async -> OutsideResult<IntentSnapshot> {
    let paid = intents.withLock { intents -> IntentSnapshot? in
      guard var intent = intents[request.intent] else { return nil }
      intent.status = .succeeded
      intent.amountReceived = intent.amount
      intent.latestCharge = ChargeID("ch_\(request.intent)")
      intents[request.intent] = intent
      return intent
    }
    return paid.map { .answered($0) } ?? .notSent("no such intent")
  }

  func intent(_ id: PaymentIntentID) async -> OutsideResult<IntentSnapshot> {
    intents.withLock { $0[id] }.map { .answered($0) } ?? .notSent("no such intent")
  }

  func serverTime() async -> OutsideResult<UnixTime> { .answered(SystemClock().now) }

  func events(since: UnixTime, after: String?) async -> OutsideResult<EventPage> {
    .answered(EventPage(events: [], hasMore: false))
  }

  // MARK: What no charge needs

  private static let no = "not a part of what is measured"

  func createCustomer(_ request: CreateCustomer) async -> OutsideResult<CustomerID> {
    .notSent(Self.no)
  }
  func nameCustomer(
    _ id: CustomerID, after store: String, key: IdempotencyKey
  ) async -> OutsideResult<CustomerID> { .notSent(Self.no) }
  func createSetupIntent(_ request: CreateSetupIntent) async -> OutsideResult<SetupIntentSnapshot> {
    .notSent(Self.no)
  }
  func setupIntent(_ id: SetupIntentID) async -> OutsideResult<SetupIntentSnapshot> {
    .notSent(Self.no)
  }
  func paymentMethods(of customer: CustomerID) async -> OutsideResult<[CardSnapshot]> {
    .notSent(Self.no)
  }
  func paymentMethod(
    _ id: PaymentMethodID, of customer: CustomerID
  ) async -> OutsideResult<CardSnapshot> { .notSent(Self.no) }
  func attach(
    _ id: PaymentMethodID, to customer: CustomerID, key: IdempotencyKey
  ) async -> OutsideResult<CardSnapshot> { .notSent(Self.no) }
  func updateCard(_ request: UpdateCard) async -> OutsideResult<CardSnapshot> {
    .notSent(Self.no)
  }
  func detach(_ id: PaymentMethodID, key: IdempotencyKey) async -> OutsideResult<CardSnapshot> {
    .notSent(Self.no)
  }
  func cancelIntent(
    _ id: PaymentIntentID, key: IdempotencyKey
  ) async -> OutsideResult<IntentSnapshot> { .notSent(Self.no) }
  func intents(
    of customer: CustomerID, since: UnixTime
  ) async -> OutsideResult<[IntentSnapshot]> { .notSent(Self.no) }
  func intents(
    since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<IntentSnapshot>> { .notSent(Self.no) }
  func createRefund(_ request: CreateRefund) async -> OutsideResult<RefundSnapshot> {
    .notSent(Self.no)
  }
  func refunds(of intent: PaymentIntentID) async -> OutsideResult<[RefundSnapshot]> {
    .notSent(Self.no)
  }
  func disputes(of intent: PaymentIntentID) async -> OutsideResult<[DisputeSnapshot]> {
    .notSent(Self.no)
  }
  func reversedIntents(
    by kind: Reversal.Kind, since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<PaymentIntentID>> { .notSent(Self.no) }
  func movements(
    since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<ProcessorMovement>> { .notSent(Self.no) }
}
