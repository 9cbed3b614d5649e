/// The card processor as the engine needs it: Stripe, or a stand-in.
///
/// A charge takes two steps (invariant 13): ``createIntent(_:)`` makes an unconfirmed intent, its
/// id is committed, then ``confirmIntent(_:)`` confirms that id.
package protocol CardProcessor: Sendable {
  /// The same processor, called on a tenant's behalf: tenants share what it takes fairly.
  func acting(for tenant: String) -> any CardProcessor
  /// Waits until an intent may be confirmed; it is to be confirmed at once then, or not at all.
  ///
  /// Apart from the call, so that what forbids a confirm is looked at behind the wait, not before
  /// it (invariant 47).
  /// - Returns: false when it may not be in time.
  func turnToConfirm() async -> Bool

  func createCustomer(_ request: CreateCustomer) async -> OutsideResult<CustomerID>
  /// Writes another store's name on a customer: who takes over from that store says so (invariant 50).
  func nameCustomer(
    _ id: CustomerID, after store: String, key: IdempotencyKey
  ) async -> OutsideResult<CustomerID>
  func createSetupIntent(_ request: CreateSetupIntent) async -> OutsideResult<SetupIntentSnapshot>
  func setupIntent(_ id: SetupIntentID) async -> OutsideResult<SetupIntentSnapshot>
  /// The customer's cards; proves ownership of each.
  func paymentMethods(of customer: CustomerID) async -> OutsideResult<[CardSnapshot]>
  /// One card of a customer; refused `notFound` when it is not that customer's.
  func paymentMethod(
    _ id: PaymentMethodID, of customer: CustomerID
  ) async -> OutsideResult<CardSnapshot>
  func attach(
    _ id: PaymentMethodID, to customer: CustomerID, key: IdempotencyKey
  ) async -> OutsideResult<CardSnapshot>
  /// Corrects a stored card's expiry; the card as it is then.
  func updateCard(_ request: UpdateCard) async -> OutsideResult<CardSnapshot>
  /// Final: a detached card can never be charged again.
  func detach(_ id: PaymentMethodID, key: IdempotencyKey) async -> OutsideResult<CardSnapshot>

  func createIntent(_ request: CreateIntent) async -> OutsideResult<IntentSnapshot>
  func confirmIntent(_ request: ConfirmIntent) async -> OutsideResult<IntentSnapshot>
  func cancelIntent(
    _ id: PaymentIntentID, key: IdempotencyKey
  ) async -> OutsideResult<IntentSnapshot>
  func intent(_ id: PaymentIntentID) async -> OutsideResult<IntentSnapshot>
  /// The customer's intents since a moment, newest first: how a lost create is found.
  func intents(
    of customer: CustomerID, since: UnixTime
  ) async -> OutsideResult<[IntentSnapshot]>
  /// Everybody's intents since a moment, newest first, a page at a time.
  func intents(
    since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<IntentSnapshot>>

  func createRefund(_ request: CreateRefund) async -> OutsideResult<RefundSnapshot>
  func refunds(of intent: PaymentIntentID) async -> OutsideResult<[RefundSnapshot]>
  /// Every dispute of a charge, inquiries included.
  func disputes(of intent: PaymentIntentID) async -> OutsideResult<[DisputeSnapshot]>
  /// The intents of which something was taken back since a moment, newest first, a page at a time.
  func reversedIntents(
    by kind: Reversal.Kind, since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<PaymentIntentID>>
  /// Movements of our balance since a moment, newest first, a page at a time.
  func movements(
    since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<ProcessorMovement>>
  /// Events since a moment, newest first, of the types the service takes.
  func events(since: UnixTime, after: String?) async -> OutsideResult<EventPage>
  /// The processor's clock, for invariant 7's bound on skew.
  func serverTime() async -> OutsideResult<UnixTime>
}

extension CardProcessor {
  package func acting(for tenant: String) -> any CardProcessor { self }
  package func turnToConfirm() async -> Bool { true }
}

package struct CreateCustomer: Hashable, Sendable {
  /// Named in the customer's metadata, so that a strange store is noticed (invariant 50).
  package var store: String
  package var tenant: String
  package var user: String
  package var email: String?
  package var key: IdempotencyKey

  package init(
    store: String, tenant: String, user: String, email: String?, key: IdempotencyKey
  ) {
    self.store = store
    self.tenant = tenant
    self.user = user
    self.email = email
    self.key = key
  }
}

package struct CreateSetupIntent: Hashable, Sendable {
  package var customer: CustomerID
  /// A card that is known already; nil when the person enters one in the processor's form.
  package var paymentMethod: PaymentMethodID?
  package var key: IdempotencyKey

  package init(customer: CustomerID, paymentMethod: PaymentMethodID?, key: IdempotencyKey) {
    self.customer = customer
    self.paymentMethod = paymentMethod
    self.key = key
  }
}

package struct SetupIntentSnapshot: Hashable, Sendable {
  package var id: SetupIntentID
  /// As the processor names it, such as `succeeded`.
  package var status: String
  /// Only for the card's owner.
  package var clientSecret: Secret?
  package var paymentMethod: PaymentMethodID?

  package init(
    id: SetupIntentID, status: String, clientSecret: Secret?, paymentMethod: PaymentMethodID?
  ) {
    self.id = id
    self.status = status
    self.clientSecret = clientSecret
    self.paymentMethod = paymentMethod
  }
}

/// A stored card: what may be kept of it, never its number.
package struct CardSnapshot: Hashable, Sendable {
  package var id: PaymentMethodID
  package var customer: CustomerID?
  package var brand: String
  package var last4: String
  package var expiryMonth: Int
  package var expiryYear: Int
  package var funding: String
  package var country: String
  /// The same number has the same value within one processor account.
  package var fingerprint: String

  package init(
    id: PaymentMethodID, customer: CustomerID?, brand: String, last4: String, expiryMonth: Int,
    expiryYear: Int, funding: String, country: String, fingerprint: String
  ) {
    self.id = id
    self.customer = customer
    self.brand = brand
    self.last4 = last4
    self.expiryMonth = expiryMonth
    self.expiryYear = expiryYear
    self.funding = funding
    self.country = country
    self.fingerprint = fingerprint
  }
}

/// Data of a card that its owner has corrected.
package struct UpdateCard: Hashable, Sendable {
  package var id: PaymentMethodID
  /// 1 to 12.
  package var expiryMonth: Int
  /// Four digits.
  package var expiryYear: Int
  package var key: IdempotencyKey

  package init(
    id: PaymentMethodID, expiryMonth: Int, expiryYear: Int, key: IdempotencyKey
  ) {
    self.id = id
    self.expiryMonth = expiryMonth
    self.expiryYear = expiryYear
    self.key = key
  }
}

package struct CreateIntent: Hashable, Sendable {
  package var topUp: TopUpID
  package var attempt: Int
  package var amount: Money
  package var customer: CustomerID
  package var paymentMethod: PaymentMethodID
  package var description: String
  package var key: IdempotencyKey

  package init(
    topUp: TopUpID, attempt: Int, amount: Money, customer: CustomerID,
    paymentMethod: PaymentMethodID, description: String, key: IdempotencyKey
  ) {
    self.topUp = topUp
    self.attempt = attempt
    self.amount = amount
    self.customer = customer
    self.paymentMethod = paymentMethod
    self.description = description
    self.key = key
  }
}

package struct ConfirmIntent: Hashable, Sendable {
  package var intent: PaymentIntentID
  package var paymentMethod: PaymentMethodID
  /// The recorded amount; the processor refuses a confirm whose amount differs.
  package var amount: Money
  /// Whether the person is away. Never a lie in either direction (Stripe docs, SCA).
  package var offSession: Bool
  package var key: IdempotencyKey

  package init(
    intent: PaymentIntentID, paymentMethod: PaymentMethodID, amount: Money, offSession: Bool,
    key: IdempotencyKey
  ) {
    self.intent = intent
    self.paymentMethod = paymentMethod
    self.amount = amount
    self.offSession = offSession
    self.key = key
  }
}

/// A payment intent as the processor showed it at one moment.
package struct IntentSnapshot: Hashable, Sendable {
  package enum Status: Hashable, Sendable {
    case requiresPaymentMethod
    case requiresConfirmation
    case requiresAction
    case processing
    case requiresCapture
    case succeeded
    case canceled
    /// A status this version does not know: waited out, never guessed at.
    case unrecognised(String)
  }

  package var id: PaymentIntentID
  package var status: Status
  package var amount: Money
  package var amountReceived: Money
  package var customer: CustomerID?
  package var paymentMethod: PaymentMethodID?
  package var latestCharge: ChargeID?
  /// Why the last attempt on it failed.
  package var lastError: Decline?
  /// The card of that attempt, where the answer showed it: the intent itself lets go of it.
  package var failedMethod: PaymentMethodID?
  /// What of the charge has been refunded, when the answer showed it.
  package var refunded: Money?
  /// Whether the charge is disputed, when the answer showed it.
  package var isDisputed = false
  /// What the processor makes of the charge, when the answer showed it.
  package var risk: RiskLevel?
  /// Only for the card's owner.
  package var clientSecret: Secret?
  /// From the metadata this service set.
  package var topUp: TopUpID?
  package var attempt: Int?
  /// Whose top-up it is, where the intent says.
  package var store: String?
  /// Which store its customer is named after, where the answer showed the customer.
  package var customerStore: String?
  package var created: UnixTime
  /// When its last charge was tried, when the answer showed it.
  package var charged: UnixTime?

  package init(
    id: PaymentIntentID, status: Status, amount: Money, amountReceived: Money,
    customer: CustomerID?, paymentMethod: PaymentMethodID?, latestCharge: ChargeID?,
    lastError: Decline?, refunded: Money?, clientSecret: Secret?, topUp: TopUpID?, attempt: Int?,
    created: UnixTime
  ) {
    self.id = id
    self.status = status
    self.amount = amount
    self.amountReceived = amountReceived
    self.customer = customer
    self.paymentMethod = paymentMethod
    self.latestCharge = latestCharge
    self.lastError = lastError
    self.refunded = refunded
    self.clientSecret = clientSecret
    self.topUp = topUp
    self.attempt = attempt
    self.created = created
  }
}

/// What the processor said of a failed card; four codes that are four different things.
package struct Decline: Hashable, Sendable {
  /// Such as `card_declined`.
  package var code: String
  /// Such as `insufficient_funds`.
  package var declineCode: String?
  /// `do_not_try_again`, `try_again_later` or `confirm_card_data`.
  package var adviceCode: String?
  package var networkDeclineCode: String?
  /// The processor's message; only those of card errors are fit for people.
  package var message: String
  package var charge: ChargeID?

  package init(
    code: String, declineCode: String?, adviceCode: String?, networkDeclineCode: String?,
    message: String, charge: ChargeID?
  ) {
    self.code = code
    self.declineCode = declineCode
    self.adviceCode = adviceCode
    self.networkDeclineCode = networkDeclineCode
    self.message = message
    self.charge = charge
  }
}

package struct CreateRefund: Hashable, Sendable {
  package var topUp: TopUpID
  package var intent: PaymentIntentID
  package var amount: Money
  package var key: IdempotencyKey

  package init(topUp: TopUpID, intent: PaymentIntentID, amount: Money, key: IdempotencyKey) {
    self.topUp = topUp
    self.intent = intent
    self.amount = amount
    self.key = key
  }
}

package struct RefundSnapshot: Hashable, Sendable {
  package enum Status: Hashable, Sendable {
    case pending
    case requiresAction
    case succeeded
    case failed
    case canceled
    case unrecognised(String)
  }

  package var id: RefundID
  package var intent: PaymentIntentID?
  package var amount: Money
  package var status: Status
  package var failureReason: String?
  /// From the metadata this service set; nil for one made in the processor's dashboard.
  package var key: IdempotencyKey?
  package var created: UnixTime?

  package init(
    id: RefundID, intent: PaymentIntentID?, amount: Money, status: Status,
    failureReason: String?, key: IdempotencyKey?
  ) {
    self.id = id
    self.intent = intent
    self.amount = amount
    self.status = status
    self.failureReason = failureReason
    self.key = key
  }
}

/// An event of the processor: a reason to look, never the truth itself.
package struct ProcessorEvent: Hashable, Sendable {
  /// `evt_…`; unique, kept longer than the processor retries (invariant 35).
  package var id: String
  package var type: String
  /// The id of the object it is about, such as `pi_…`.
  package var object: String
  /// The payment intent it belongs to, where the object names one.
  package var intent: PaymentIntentID?
  package var created: UnixTime
  package var livemode: Bool
  package var apiVersion: String

  package init(
    id: String, type: String, object: String, intent: PaymentIntentID?, created: UnixTime,
    livemode: Bool, apiVersion: String
  ) {
    self.id = id
    self.type = type
    self.object = object
    self.intent = intent
    self.created = created
    self.livemode = livemode
    self.apiVersion = apiVersion
  }
}

package struct EventPage: Hashable, Sendable {
  package var events: [ProcessorEvent]
  package var hasMore: Bool

  package init(events: [ProcessorEvent], hasMore: Bool) {
    self.events = events
    self.hasMore = hasMore
  }
}

/// A dispute as the processor shows it.
package struct DisputeSnapshot: Hashable, Sendable {
  package var id: String
  package var intent: PaymentIntentID?
  /// What stands withdrawn for it, without the processor's fee; zero for an inquiry.
  package var withdrawn: Money
  /// How often its funds moved: withdrawn, reinstated.
  package var moves: Int
  /// Whether it is still to be decided.
  package var isOpen: Bool
  /// Whether the bank only asks: nothing moves, and the charge may still be refunded.
  package var isInquiry: Bool
  /// When its funds moved last; when it was opened where none did.
  package var moved: UnixTime?

  package init(
    id: String, intent: PaymentIntentID?, withdrawn: Money, moves: Int, isOpen: Bool,
    isInquiry: Bool
  ) {
    self.id = id
    self.intent = intent
    self.withdrawn = withdrawn
    self.moves = moves
    self.isOpen = isOpen
    self.isInquiry = isInquiry
  }
}
