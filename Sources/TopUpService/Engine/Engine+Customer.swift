internal import TopUpCore

// Each of the processor's customers bears the name of the store that charges it. One that bears another's
// is another's, or was: two stores that charge the same people are a restored copy, a standby that was
// promoted, or two services with a file each (invariant 50).

extension Engine {
  /// Looks at the customer that an answer shows, which comes with every answer about an intent: before
  /// any confirm, and before any order, without a call of its own.
  func heedCustomer(in event: TopUpEvent, of topUp: TopUp) async throws(StoreError) {
    guard let intent = event.intent, let customer = intent.customer,
      let named = intent.customerStore
    else { return }
    let (own, isTakenOver) = try store.read { snapshot throws(StoreError) in
      (
        try snapshot.settings().storeID,
        try snapshot.isSettledByHand(Self.object(ofStore: named))
      )
    }
    if named == own { return }
    guard isTakenOver else {
      otherStore = named
      return try await stopBehind(
        "customer \(customer) bears the name of store \(named), and this is \(own)")
    }
    // Not before all is settled. Where it fails, the next answer shows it again.
    guard behind == nil else { return }
    _ = await outside.processor.acting(for: topUp.payer.tenant).nameCustomer(
      customer, after: own, key: .customerName(customer, from: named, to: own))
  }

  /// What a person settles by taking over from another store.
  private static func object(ofStore name: String) -> String { "store:\(name)" }

  /// What is still to be settled before anything is sent again; after a restart the next answer shows
  /// it, before any confirm.
  func storeNotTakenOver() throws(ServiceError) -> String? {
    guard let otherStore else { return nil }
    let object = Self.object(ofStore: otherStore)
    let isTakenOver = try store.look { snapshot throws(StoreError) in
      try snapshot.isSettledByHand(object)
    }
    return isTakenOver ? nil : object
  }

  func isAnotherStore(_ object: String) -> Bool {
    object.hasPrefix(Self.object(ofStore: "")) && object.utf8.count > 6
  }
}

extension TopUpEvent {
  fileprivate var intent: IntentSnapshot? {
    switch self {
    case .intentSeen(let intent), .reread(let intent): intent
    case .chargeStarted, .chargeForbidden, .intentNotFound, .quoted, .orderSeen, .orderNotFound,
      .overtaken, .finalitySeen, .refundsSeen, .refundWithheld, .reversalsSeen,
      .fraudWarned, .refused, .inDoubt, .notSent, .cancelRequested, .refundWished, .reviewed,
      .debtReleased, .timePassed:
      nil
    }
  }
}
