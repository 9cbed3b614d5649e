import TopUpCore
import TopUpStore

/// Stores that a daemon is started on.
enum MadeStores {
  /// Accounts with a rule, a payer who agreed and has a card, and a balance that was read before.
  static func makeAccounts(at path: String, count: Int) async throws {
    let store = try StoreFile.open(path: path)
    defer { store.close() }
    try await store.commitAll(count) { number in account(number, at: MadeUp.now) }
  }

  static func account(_ number: Int, at now: UnixTime) -> [Change] {
    let card = MadeUp.card(number)
    let payer = MadeUp.payer(number)
    var state = AccountState()
    state.reading = MadeUp.reading(200 * Planck.cere.units, at: now)
    state.version = 1
    return [
      .putCustomer(payer, card.customer),
      .putConsent(payer, MadeUp.consent(at: now)),
      .putCard(
        StoredCard(
          payer: payer,
          card: CardSnapshot(
            id: card.id, customer: card.customer, brand: card.brand, last4: card.last4,
            expiryMonth: 12, expiryYear: 2030, funding: "credit", country: "US",
            fingerprint: card.fingerprint),
          rank: 0, added: now)),
      .putPolicy(MadeUp.policy(number, at: now), expected: 0),
      .putAccount(MadeUp.key(number), state),
    ]
  }

  /// Top-ups in all the states that one waits in, each of an account of its own.
  static func makeTopUps(at path: String, count: Int) async throws {
    let store = try StoreFile.open(path: path)
    defer { store.close() }
    try await store.commitAll(count) { number in
      var topUp = topUp(number, at: MadeUp.now)
      var entries: [Change] = []
      let started = MadeUp.now
      var attempt = ChargeAttempt(number: 1, card: topUp.cards[0], started: started)
      if number % 5 > 0 {
        attempt.intent = PaymentIntentID("pi_\(number)")
        attempt.phase = .confirming
      }
      topUp.state = number % 5 < 2 ? .charging : .depositing
      if number % 5 == 2 { topUp.state = .chargeUnknown }
      if number % 5 > 2 {
        attempt.phase = .succeeded
        attempt.charge = ChargeID("ch_\(number)")
        topUp.books.charged = topUp.amount.minorUnits
        topUp.books.held = topUp.amount.minorUnits
        topUp.orders = [
          DepositOrder(
            number: 1, quote: MadeUp.quote(number, at: started),
            phase: number % 5 == 3 ? .sending : .open, created: started)
        ]
        entries = [
          .post(
            Entry(
              topUp: topUp.id, "charge captured",
              Entry.move(2_500, from: .held(topUp.account, .usd), to: .processor(.usd))))
        ]
      }
      topUp.attempts = [attempt]
      return [.beginTopUp(topUp, cause: "made up")] + entries
    }
  }

  static func topUp(_ number: Int, at now: UnixTime) -> TopUp {
    TopUp(
      id: TopUpID("tu_\(number)"), account: MadeUp.key(number), payer: MadeUp.payer(number),
      trigger: .threshold, episode: 1, amount: MadeUp.amount, fee: 0, tax: 0,
      quote: MadeUp.quote(number, at: now), credits: nil, onSession: false, policyVersion: 1,
      slippageBasisPoints: 200, cards: [MadeUp.card(number)], description: "made up",
      created: now)
  }
}
