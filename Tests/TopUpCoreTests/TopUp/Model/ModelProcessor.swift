import TopUpCore

/// A card processor of a few states: what it may do to one top-up, and nothing else.
struct ModelProcessor: Hashable {
  enum Status: Hashable {
    case unconfirmed, declined, needsPerson, processing, succeeded, canceled
  }

  struct Intent: Hashable {
    var attempt: Int
    var status: Status
  }

  enum RefundStatus: Hashable { case pending, succeeded, failed }

  struct Refund: Hashable {
    var number: Int
    var status: RefundStatus
  }

  /// An answer as it was given: it is given again for the same key, however old it is by then.
  enum Answer: Hashable {
    case intent(Int, Status)
    case refund(Int)
  }

  /// In the order they were made; the ids count from 1.
  private(set) var intents: [Intent] = []
  private(set) var refunds: [Refund] = []
  private var answers: [IdempotencyKey: Answer] = [:]
  private(set) var hasForgotten = false

  var successes: Int { intents.count { $0.status == .succeeded } }

  func status(_ id: PaymentIntentID) -> Status? {
    intents.indices.first { Self.id($0) == id }.map { intents[$0].status }
  }

  static func id(_ index: Int) -> PaymentIntentID { PaymentIntentID("pi_\(index + 1)") }

  // MARK: POSTs

  mutating func create(_ request: CreateIntent) -> TopUpEvent {
    if let answer = answers[request.key] { return event(answer) }
    intents.append(Intent(attempt: request.attempt, status: .unconfirmed))
    return remember(.intent(intents.count - 1, .unconfirmed), request.key)
  }

  /// - Parameter outcome: what the bank says, where the confirm reaches it.
  mutating func confirm(_ request: ConfirmIntent, _ outcome: Status) -> TopUpEvent {
    if let answer = answers[request.key] { return event(answer) }
    guard let index = intents.indices.first(where: { Self.id($0) == request.intent }) else {
      return .refused(Sample.refusal(.notFound))
    }
    switch intents[index].status {
    case .unconfirmed, .declined, .needsPerson:
      intents[index].status = outcome
      return remember(.intent(index, outcome), request.key)
    case .processing, .succeeded, .canceled: return .refused(Sample.refusal(.unexpectedState))
    }
  }

  mutating func cancel(_ id: PaymentIntentID, _ key: IdempotencyKey) -> TopUpEvent {
    if let answer = answers[key] { return event(answer) }
    guard let index = intents.indices.first(where: { Self.id($0) == id }) else {
      return .refused(Sample.refusal(.notFound))
    }
    switch intents[index].status {
    case .unconfirmed, .declined, .needsPerson:
      intents[index].status = .canceled
      return remember(.intent(index, .canceled), key)
    case .processing, .succeeded, .canceled: return .refused(Sample.refusal(.unexpectedState))
    }
  }

  mutating func refund(_ request: CreateRefund, number: Int) -> TopUpEvent {
    if let answer = answers[request.key] { return event(answer) }
    guard refunds.allSatisfy({ $0.status == .failed }), successes > 0 else {
      return .refused(Sample.refusal(.invalid))
    }
    refunds.append(Refund(number: number, status: .pending))
    return remember(.refund(refunds.count - 1), request.key)
  }

  // MARK: What happens there by itself

  mutating func settle(_ index: Int, _ status: Status) { intents[index].status = status }
  mutating func settleRefund(_ index: Int, _ status: RefundStatus) {
    refunds[index].status = status
  }

  /// Keys are kept for a day or so.
  mutating func forget() {
    answers = [:]
    hasForgotten = true
  }

  // MARK: Questions

  func ask(_ id: PaymentIntentID) -> TopUpEvent {
    guard let index = intents.indices.first(where: { Self.id($0) == id }) else {
      return .refused(Sample.refusal(.notFound))
    }
    return .intentSeen(snapshot(index))
  }

  func find(attempt: Int) -> TopUpEvent {
    guard let index = intents.lastIndex(where: { $0.attempt == attempt }) else {
      return .intentNotFound
    }
    return .intentSeen(snapshot(index))
  }

  func askRefunds() -> TopUpEvent {
    .refundsSeen(refunds.indices.map { refundSnapshot($0) })
  }

  func snapshot(_ index: Int) -> IntentSnapshot { snapshot(index, intents[index].status) }

  private func snapshot(_ index: Int, _ status: Status) -> IntentSnapshot {
    let attempt = intents[index].attempt
    let id = Self.id(index).rawValue
    switch status {
    case .unconfirmed: return Sample.intent(.requiresConfirmation, id: id, attempt: attempt)
    case .declined:
      return Sample.intent(
        .requiresPaymentMethod, id: id, attempt: attempt, error: Sample.softDecline)
    case .needsPerson: return Sample.intent(.requiresAction, id: id, attempt: attempt)
    case .processing: return Sample.intent(.processing, id: id, attempt: attempt)
    case .succeeded:
      return Sample.intent(
        .succeeded, id: id, attempt: attempt, received: Sample.amount,
        refunded: Sample.usd(0))
    case .canceled: return Sample.intent(.canceled, id: id, attempt: attempt)
    }
  }

  private func refundSnapshot(_ index: Int) -> RefundSnapshot {
    let status: RefundSnapshot.Status
    switch refunds[index].status {
    case .pending: status = .pending
    case .succeeded: status = .succeeded
    case .failed: status = .failed
    }
    return Sample.refund(status, number: refunds[index].number, id: "re_\(index)")
  }

  private mutating func remember(_ answer: Answer, _ key: IdempotencyKey) -> TopUpEvent {
    answers[key] = answer
    return event(answer)
  }

  private func event(_ answer: Answer) -> TopUpEvent {
    switch answer {
    case .intent(let index, let status): .intentSeen(snapshot(index, status))
    case .refund(let index): .refundsSeen([refundSnapshot(index)])
    }
  }
}
