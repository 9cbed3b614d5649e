internal import TopUpCore

/// Takes cards in: what the processor says of one, as changes to be committed.
struct CardKeeper {
  let store: any Store
  let processor: any CardProcessor

  /// The changes that store the card of a finished set-up: none when it is not, or not any more, the
  /// customer's. That it was finished is told again and again, so that a card that is stored by then
  /// keeps the place that its payer may have given it since.
  ///
  /// - Returns: nil when the processor could not be asked.
  func changes(
    adding method: PaymentMethodID, _ payer: Payer, makeDefault: Bool, at now: UnixTime
  ) async throws(StoreError) -> [Change]? {
    let stored = try store.read { snapshot throws(StoreError) in try snapshot.payer(payer) }
    guard let customer = stored.customer else { return [] }
    switch await processor.acting(for: payer.tenant).paymentMethod(method, of: customer) {
    case .answered(let card):
      return [Self.change(adding: card, payer, makeDefault: makeDefault, at: now)]
    case .refused(let refusal): return refusal.kind == .notFound ? [] : nil
    case .unknown, .notSent: return nil
    }
  }

  /// The changes that bring a stored card up to date, in its place: none when it is not stored, or
  /// not its customer's any more. Its payer's accounts are looked at again (invariant 51).
  ///
  /// - Returns: nil when the processor could not be asked.
  func changes(
    updating method: PaymentMethodID, at now: UnixTime
  ) async throws(StoreError) -> [Change]? {
    let known = try store.read { snapshot throws(StoreError) in try snapshot.card(method) }
    guard var stored = known else { return [] }
    let payer = stored.payer
    let customer = try store.read { snapshot throws(StoreError) in
      try snapshot.payer(payer).customer
    }
    guard let customer else { return [] }
    switch await processor.acting(for: payer.tenant).paymentMethod(method, of: customer) {
    case .answered(let card):
      stored.card = card
      return [.putCard(stored), .evaluatePaid(by: payer)]
    case .refused(let refusal): return refusal.kind == .notFound ? [] : nil
    case .unknown, .notSent: return nil
    }
  }

  /// A new card comes last unless it is to be charged first; among which others is the store's to
  /// say, for they may change while the processor is asked.
  static func change(
    adding card: CardSnapshot, _ payer: Payer, makeDefault: Bool, at now: UnixTime
  ) -> Change {
    .putCard(
      StoredCard(
        payer: payer, card: card, rank: makeDefault ? 0 : StoredCard.lastRank, added: now))
  }
}
