import Testing
import TopUpCore

/// How long a card has paid: by charges of its payer that nobody disputed or gave back as doubtful
/// (facts/stripe §7).
@Suite struct ProvenCardConformance {
  private func paid(
    _ name: String, at seconds: Int, payer: Payer = Sample.payer(),
    _ change: (inout TopUp) -> Void = { _ in }
  ) -> [Change] {
    let topUp = Sample.topUp(name, trigger: .user, payer: payer)
    let charged = Sample.moved(topUp, to: .charged) { next in
      next.books.charged = 2_500
      next.books.held = 2_500
      next.attempts = [
        ChargeAttempt(
          number: 1, card: Sample.card("a"), phase: .succeeded,
          intent: PaymentIntentID("pi_\(name)"), started: Sample.time(0),
          paid: Sample.time(seconds))
      ]
      change(&next)
    }
    return [.beginTopUp(topUp, cause: "x"), .moveTopUp(charged, cause: "paid")]
  }

  private func keep(_ ground: Ground, _ changes: [Change]) async throws {
    try await ground.store.commit(Commit(now: Ground.now, fence: ground.fence, changes))
  }

  private func since(_ ground: Ground, of payer: Payer = Sample.payer()) throws -> UnixTime? {
    try ground.read { try $0.provenSince(fingerprint: "fp_a", of: payer) }
  }

  @Test(arguments: StoreKind.allCases)
  func `the first charge counts, of its own payer alone`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    #expect(try since(ground) == nil)
    try await keep(ground, paid("1", at: 40))
    try await keep(ground, paid("2", at: 30))
    try await keep(ground, paid("3", at: 10, payer: Sample.payer("u2")))
    #expect(try since(ground) == Sample.time(30))
    #expect(try since(ground, of: Sample.payer("u2")) == Sample.time(10))
    #expect(try ground.read { try $0.provenSince(fingerprint: "fp_b", of: Sample.payer()) } == nil)
  }

  @Test(arguments: StoreKind.allCases)
  func `one that was disputed, or refused, proves nothing`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    try await keep(
      ground,
      paid("1", at: 10) {
        $0.reversals = [Reversal(id: "du_1", kind: .dispute, rank: 1, fromHeld: 100)]
        $0.books.disputed = 100
        $0.books.held = 2_400
      })
    try await keep(
      ground,
      paid("2", at: 20) {
        $0.hold = DepositHold(
          cause: .risk, risk: .highest, since: Sample.time(20), until: nil, phase: .refused)
      })
    #expect(try since(ground) == nil)
    try await keep(ground, paid("3", at: 30))
    #expect(try since(ground) == Sample.time(30))
  }
}
