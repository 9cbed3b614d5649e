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
  /// - Parameters:
  ///   - topUp: as it was begun, or as it was when it was found.
  ///   - changes: its changes, watched since before it was begun.
  func reached(_ topUp: TopUp, _ changes: AsyncStream<TopUpChange>) async -> TopUp {
    let present = stored(topUp)
    guard present.state.isBeforeCharge else { return present }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await change in changes where !change.topUp.state.isBeforeCharge { return }
      }
      group.addTask { try? await Task.sleep(for: Self.waitMax) }
      await group.next()
      group.cancelAll()
    }
    return stored(topUp)
  }

  /// What the person's device finishes the payment with; nil where nobody is waited for, or where
  /// the processor cannot be asked now.
  func secret(of topUp: TopUp) async -> Secret? {
    guard topUp.onSession, topUp.state == .actionRequired, let intent = topUp.attempt?.intent,
      case .answered(let seen) = await processor.intent(intent), seen.status == .requiresAction
    else { return nil }
    return seen.clientSecret
  }

  /// As it is by now; as it was where that cannot be read, for it has begun (invariant 44).
  private func stored(_ topUp: TopUp) -> TopUp {
    do throws(ServiceError) {
      return try store.look { snapshot throws(StoreError) in try snapshot.topUp(topUp.id) }
        ?? topUp
    } catch { return topUp }
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
