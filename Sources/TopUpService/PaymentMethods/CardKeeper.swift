internal import TopUpCore

/// Takes cards in: what the processor says of one, as changes to be committed.
struct CardKeeper {
  let store: any Store
  let processor: any CardProcessor

  /// The changes that store a card of a payer's customer.
  ///
  /// - Returns: nil when the processor could not be asked, or the card is not the customer's.
  func changes(
    adding method: PaymentMethodID, _ payer: Payer, makeDefault: Bool, at now: UnixTime
  ) async throws(StoreError) -> [Change]? {
    let stored = try store.read { snapshot throws(StoreError) in try snapshot.payer(payer) }
    guard let customer = stored.customer,
      case .answered(let card) = await processor.paymentMethod(method, of: customer)
    else { return nil }
    return Self.changes(adding: card, to: stored, payer, makeDefault: makeDefault, at: now)
  }

  /// A new card comes last unless it is to be charged first.
  static func changes(
    adding card: CardSnapshot, to stored: StoredPayer, _ payer: Payer, makeDefault: Bool,
    at now: UnixTime
  ) -> [Change] {
    let others = stored.cards.map(\.card.id).filter { $0 != card.id }
    let order = makeDefault ? [card.id] + others : others + [card.id]
    return [
      .putCard(StoredCard(payer: payer, card: card, rank: others.count, added: now)),
      .orderCards(payer, order),
    ]
  }
}
