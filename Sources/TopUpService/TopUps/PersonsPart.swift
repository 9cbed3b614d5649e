internal import TopUpCore

/// What a person who is present needs to authenticate a payment (invariant 21).
///
/// The secret is asked of the processor each time, and neither stored nor logged.
struct PersonsPart {
  /// How long a caller waits for the charge to get anywhere; the same key asks again.
  private static let waitMax = Duration.seconds(10)

  let store: any Store
  let processor: any CardProcessor

  /// A top-up when its charge has come to something, or as it is when that takes too long.
  ///
  /// - Parameter changes: its changes, watched since before it was begun.
  func reached(
    _ id: TopUpID, _ changes: AsyncStream<TopUpChange>
  ) async throws(ServiceError) -> TopUp? {
    let present = try stored(id)
    guard present?.state.isBeforeCharge == true else { return present }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await change in changes where !change.topUp.state.isBeforeCharge { return }
      }
      group.addTask { try? await Task.sleep(for: Self.waitMax) }
      await group.next()
      group.cancelAll()
    }
    return try stored(id)
  }

  /// What the person's device finishes the payment with; nil where nobody is waited for, or where
  /// the processor cannot be asked now.
  func secret(of topUp: TopUp) async throws(ServiceError) -> Secret? {
    guard topUp.onSession, topUp.state == .actionRequired, let intent = topUp.attempt?.intent,
      case .answered(let seen) = await processor.intent(intent), seen.status == .requiresAction
    else { return nil }
    return seen.clientSecret
  }

  private func stored(_ id: TopUpID) throws(ServiceError) -> TopUp? {
    try store.look { snapshot throws(StoreError) in try snapshot.topUp(id) }
  }
}

extension TopUpState {
  /// Whether it is not known yet how the charge goes.
  fileprivate var isBeforeCharge: Bool {
    switch self {
    case .reserved, .charging, .chargeUnknown: true
    case .actionRequired, .charged, .depositHeld, .depositing, .depositUnknown, .credited,
      .declined, .cancelled, .expired, .orderCancelling, .refunding, .refundUnknown, .refunded,
      .refundFailed, .reversed, .needsReview:
      false
    }
  }
}
