import Testing
import TopUpCore

@Suite struct TopUpConformance {
  @Test(arguments: StoreKind.allCases)
  func `a top-up comes back as it was begun`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    try await ground.commit(.beginTopUp(topUp, cause: "decided"))
    #expect(try ground.read { try $0.topUp(topUp.id) } == topUp)
    #expect(
      try ground.read { try $0.transitions(of: topUp.id) } == [
        StoredTransition(version: 1, from: nil, to: .reserved, cause: "decided", at: Ground.now)
      ])
  }

  @Test(arguments: StoreKind.allCases)
  func `every field of a moved top-up comes back`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    let full = Sample.full(topUp)
    try await ground.commit(.beginTopUp(topUp, cause: "decided"))
    try await ground.commit(
      .moveTopUp(full, cause: "parked"), now: Sample.time(9))
    #expect(try ground.read { try $0.topUp(topUp.id) } == full)
    let transitions = try ground.read { try $0.transitions(of: topUp.id) }
    #expect(
      transitions.last
        == StoredTransition(
          version: 2, from: .reserved, to: .needsReview, cause: "parked", at: Sample.time(9)))
  }

  @Test(arguments: StoreKind.allCases)
  func `a credits top-up without quote, cards or episode comes back`(_ kind: StoreKind) async throws
  {
    let ground = try Ground(kind)
    let topUp = TopUp(
      id: TopUpID("tu_c"), account: Sample.credits("a%b:c"), payer: Sample.payer(),
      trigger: .user, episode: nil, amount: Money(minorUnits: 100, .jpy), fee: 0, tax: 0,
      quote: nil, credits: 1 << 110, onSession: true, policyVersion: 0, slippageBasisPoints: 0,
      cards: [], description: "", created: Ground.now)
    try await ground.commit(.beginTopUp(topUp, cause: "asked"))
    #expect(try ground.read { try $0.topUp(topUp.id) } == topUp)
  }

  @Test(arguments: StoreKind.allCases)
  func `a top-up begins once`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1", trigger: .user)
    try await ground.commit(.beginTopUp(topUp, cause: "asked"))
    #expect(try await ground.conflict(.beginTopUp(topUp, cause: "asked"))?.kind == "changed")
  }

  @Test(arguments: StoreKind.allCases)
  func `only the next version of a top-up is taken`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    try await ground.commit(.beginTopUp(topUp, cause: "decided"))
    let next = Sample.moved(topUp, to: .charging)
    var late = Sample.moved(next, to: .charged)
    late.version += 1
    let refused = [Sample.moved(topUp, to: .charging) { $0.version = 1 }, late]
    for move in refused {
      let conflict = try await ground.conflict(.moveTopUp(move, cause: "x"))
      #expect(conflict?.kind == "changed")
    }
    #expect(try ground.read { try $0.topUp(topUp.id) } == topUp)
    try await ground.commit(.moveTopUp(next, cause: "x"))
    let again = try await ground.conflict(.moveTopUp(next, cause: "x"))
    #expect(again?.kind == "changed")
  }

  @Test(arguments: StoreKind.allCases)
  func `a top-up that never began cannot move`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let move = Change.moveTopUp(
      Sample.moved(Sample.topUp("1"), to: .charging), cause: "x")
    #expect(try await ground.conflict(move)?.kind == "missing")
    #expect(try ground.read { try $0.topUp(TopUpID("tu_1")) } == nil)
    #expect(try ground.read { try $0.transitions(of: TopUpID("tu_1")) }.isEmpty)
  }

  @Test(arguments: StoreKind.allCases)
  func `an account has one automatic top-up in flight (2)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let first = Sample.topUp("1", trigger: .threshold)
    try await ground.commit(.beginTopUp(first, cause: "decided"))
    let second = Change.beginTopUp(Sample.topUp("2", trigger: .runway), cause: "decided")
    #expect(try await ground.conflict(second) == .inFlight)
    // Others may: another account, and the person's own wish.
    try await ground.commit(
      .beginTopUp(Sample.topUp("3", account: Sample.ddc(8)), cause: "decided"))
    try await ground.commit(.beginTopUp(Sample.topUp("4", trigger: .user), cause: "asked"))
    try await ground.commit(.beginTopUp(Sample.topUp("5", trigger: .user), cause: "asked"))
    let parked = Sample.moved(first, to: .needsReview)
    try await ground.commit(.moveTopUp(parked, cause: "parked"))
    #expect(try await ground.conflict(second) == .inFlight)
    try await ground.commit(
      .moveTopUp(Sample.moved(parked, to: .cancelled), cause: "cancelled"))
    try await ground.commit(second)
    let inFlight = try ground.read { try $0.inFlight(Sample.ddc(7)) }
    #expect(inFlight.map(\.id.rawValue) == ["tu_4", "tu_5", "tu_2"])
  }

  @Test(arguments: StoreKind.allCases)
  func `one that had ended may be open beside the one in flight (2, 37)`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    let first = Sample.topUp("1", trigger: .threshold)
    try await ground.commit(.beginTopUp(first, cause: "decided"))
    let ended = Sample.moved(first, to: .cancelled)
    try await ground.commit(.moveTopUp(ended, cause: "cancelled"))
    let second = Sample.topUp("2", trigger: .runway)
    try await ground.commit(.beginTopUp(second, cause: "decided"))
    // Not as one that may charge.
    let again = Change.moveTopUp(Sample.moved(ended, to: .needsReview), cause: "x")
    #expect(try await ground.conflict(again) == .inFlight)
    let reopened = Sample.moved(ended, to: .needsReview) { $0.isReopened = true }
    try await ground.commit(.moveTopUp(reopened, cause: "its refund failed"))
    #expect(try ground.read { try $0.topUp(first.id) }?.isReopened == true)
    // What never ended cannot step aside.
    let aside = Sample.moved(second, to: .charging) { $0.isReopened = true }
    #expect(try await ground.conflict(.moveTopUp(aside, cause: "x"))?.kind == "forbidden")
  }

  @Test(arguments: StoreKind.allCases)
  func `an intent belongs to one attempt`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let one = Sample.topUp("1")
    let two = Sample.topUp("2", account: Sample.ddc(8))
    try await ground.commit(.beginTopUp(one, cause: "x"), .beginTopUp(two, cause: "x"))
    func charging(_ topUp: TopUp, _ intent: String) -> Change {
      .moveTopUp(
        Sample.moved(topUp, to: .charging) {
          $0.attempts = [
            ChargeAttempt(
              number: 1, card: Sample.card("a"), phase: .confirming,
              intent: PaymentIntentID(intent), started: Ground.now)
          ]
        }, cause: "x")
    }
    try await ground.commit(charging(one, "pi_1"))
    #expect(try await ground.conflict(charging(two, "pi_1"))?.kind == "forbidden")
    #expect(try ground.read { try $0.topUp(two.id) } == two)
    try await ground.commit(charging(two, "pi_2"))
    #expect(try ground.read { try $0.intentOwner(PaymentIntentID("pi_1")) } == one.id)
    #expect(try ground.read { try $0.intentOwner(PaymentIntentID("pi_2")) } == two.id)
    #expect(try ground.read { try $0.intentOwner(PaymentIntentID("pi_3")) } == nil)
  }

  @Test(arguments: StoreKind.allCases)
  func `an attempt keeps its card and its intent`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    let full = Sample.full(topUp)
    try await ground.commit(
      .beginTopUp(topUp, cause: "x"), .moveTopUp(full, cause: "x"))
    let swapped = Sample.moved(full, to: .charged) {
      $0.attempts[1].intent = PaymentIntentID("pi_other")
    }
    let conflict = try await ground.conflict(
      .moveTopUp(swapped, cause: "x"))
    #expect(conflict?.kind == "forbidden")
    #expect(try ground.read { try $0.topUp(topUp.id) } == full)
  }

  @Test(arguments: StoreKind.allCases)
  func `one chain event settles one order (30)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let one = Sample.topUp("1")
    let two = Sample.topUp("2", account: Sample.ddc(8))
    try await ground.commit(.beginTopUp(one, cause: "x"), .beginTopUp(two, cause: "x"))
    func settled(_ topUp: TopUp, block: String, index: UInt32) -> Change {
      .moveTopUp(
        Sample.moved(topUp, to: .depositing) {
          $0.orders = [
            DepositOrder(
              number: 1, quote: Sample.quote("1"), phase: .open,
              seen: Sample.seen(
                topUp.id, 1, .inBlock, evidence: Sample.evidence(block: block, index: index)),
              created: Ground.now)
          ]
        }, cause: "x")
    }
    try await ground.commit(settled(one, block: "0x01", index: 3))
    let conflict = try await ground.conflict(settled(two, block: "0x01", index: 3))
    #expect(conflict?.kind == "forbidden")
    try await ground.commit(settled(two, block: "0x01", index: 4))
  }

  @Test(arguments: StoreKind.allCases)
  func `an order keeps the quote it was pinned with`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    let full = Sample.full(topUp)
    try await ground.commit(
      .beginTopUp(topUp, cause: "x"), .moveTopUp(full, cause: "x"))
    let repriced = Sample.moved(full, to: .charged) { next in
      next.orders[1] = DepositOrder(
        number: 2, quote: Sample.quote("other"), phase: .open, created: next.orders[1].created)
    }
    let conflict = try await ground.conflict(
      .moveTopUp(repriced, cause: "x"))
    #expect(conflict?.kind == "forbidden")
  }

  @Test(
    arguments: StoreKind.allCases,
    BooksTerm.allCases)
  func `books that do not balance, or go below zero, are refused (24)`(
    _ kind: StoreKind, _ term: BooksTerm
  ) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    try await ground.commit(.beginTopUp(topUp, cause: "x"))
    let unbalanced = Sample.moved(topUp, to: .charged) { term.set(1, in: &$0.books) }
    // The sums agree, and one term is below zero.
    let negative = Sample.moved(topUp, to: .charged) {
      term.set(-1, in: &$0.books)
      term.counterpart.set(term.counterpart.isSource == term.isSource ? 1 : -1, in: &$0.books)
    }
    for bad in [unbalanced, negative] {
      let conflict = try await ground.conflict(.moveTopUp(bad, cause: "x"))
      #expect(conflict?.kind == "forbidden")
    }
    #expect(try ground.read { try $0.topUp(topUp.id) } == topUp)
  }
}

/// One term of a top-up's books.
enum BooksTerm: String, CaseIterable, Sendable {
  case charged, absorbed, delivered, fee, tax, refunded, disputed, held, lost

  /// Whether it stands on the side of what came in.
  var isSource: Bool { self == .charged || self == .absorbed }

  /// One to set with it so that the books still balance.
  var counterpart: BooksTerm { self == .held ? .lost : .held }

  func set(_ value: Int64, in books: inout Books) {
    switch self {
    case .charged: books.charged = value
    case .absorbed: books.absorbed = value
    case .delivered: books.delivered = value
    case .fee: books.fee = value
    case .tax: books.tax = value
    case .refunded: books.refunded = value
    case .disputed: books.disputed = value
    case .held: books.held = value
    case .lost: books.lost = value
    }
  }
}
