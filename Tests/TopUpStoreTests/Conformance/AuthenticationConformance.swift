import Testing
import TopUpCore

/// Tokens for persons who must authenticate: by digest, once, and the newest alone (invariant 21).
@Suite struct AuthenticationConformance {
  private func waiting(_ topUp: TopUp, attempts: Int = 1) -> TopUp {
    Sample.moved(topUp, to: .actionRequired) { next in
      next.attempts = (1...attempts).map { number in
        ChargeAttempt(
          number: number, card: Sample.card("a"),
          phase: number == attempts ? .awaitingPerson : .dead,
          intent: PaymentIntentID("pi_\(topUp.id).\(number)"), started: Sample.time(1))
      }
    }
  }

  private func link(
    _ topUp: TopUp, _ digest: UInt8, attempt: Int = 1, expires: Int = 3_600
  ) -> AuthenticationLink {
    AuthenticationLink(
      topUp: topUp.id, attempt: attempt, digest: Array(repeating: digest, count: 32),
      returnURL: "https://console.example/done", caller: "console", issued: Ground.now,
      expires: Sample.time(expires))
  }

  @Test(arguments: StoreKind.allCases)
  func `a token comes back by its digest, and ends those before it`(_ kind: StoreKind) async throws
  {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    try await ground.commit(
      .beginTopUp(topUp, cause: "x"), .moveTopUp(waiting(topUp), cause: "x"))
    var (first, second) = (link(topUp, 1), link(topUp, 2))
    try await ground.commit(.issueAuthentication(first))
    #expect(try ground.read { try $0.authenticationLink(digest: first.digest) } == first)
    try await ground.commit(.issueAuthentication(second))
    first.isReplaced = true
    #expect(try ground.read { try $0.authenticationLink(digest: first.digest) } == first)
    #expect(try await ground.conflict(.redeemAuthentication(first.digest))?.kind == "changed")
    try await ground.commit(.redeemAuthentication(second.digest), now: Sample.time(9))
    second.redeemed = Sample.time(9)
    #expect(try ground.read { try $0.authenticationLink(digest: second.digest) } == second)
    #expect(try ground.read { try $0.authenticationLink(digest: [9]) } == nil)
    #expect(try ground.faults() == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a token is used once, in its time, and while its attempt waits (21)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    try await ground.commit(.beginTopUp(topUp, cause: "x"))
    let early = try await ground.conflict(.issueAuthentication(link(topUp, 1)))
    #expect(early?.kind == "changed")
    let present = waiting(topUp)
    try await ground.commit(.moveTopUp(present, cause: "x"))
    let other = try await ground.conflict(.issueAuthentication(link(topUp, 1, attempt: 2)))
    #expect(other?.kind == "changed")
    let good = link(topUp, 1)
    try await ground.commit(.issueAuthentication(good))
    let twice = try await ground.conflict(.issueAuthentication(link(topUp, 1)))
    #expect(twice?.kind == "forbidden")
    let redeem = Change.redeemAuthentication(good.digest)
    #expect(try await ground.conflict(redeem, now: Sample.time(3_600))?.kind == "changed")
    var over = waiting(topUp, attempts: 2)
    over.version = present.version + 1
    try await ground.commit(.moveTopUp(over, cause: "x"))
    #expect(try await ground.conflict(redeem)?.kind == "changed")
    let next = link(topUp, 2, attempt: 2)
    try await ground.commit(.issueAuthentication(next))
    try await ground.commit(.redeemAuthentication(next.digest))
    let again = try await ground.conflict(.redeemAuthentication(next.digest))
    #expect(again?.kind == "changed")
  }

  @Test(arguments: StoreKind.allCases)
  func `a token of a top-up that is no longer waited for is used by nobody (21)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    let present = waiting(topUp)
    try await ground.commit(.beginTopUp(topUp, cause: "x"), .moveTopUp(present, cause: "x"))
    let link = link(topUp, 1)
    try await ground.commit(.issueAuthentication(link))
    try await ground.commit(.moveTopUp(Sample.moved(present, to: .charging), cause: "x"))
    let late = try await ground.conflict(.redeemAuthentication(link.digest))
    #expect(late?.kind == "changed")
  }
}
