import Testing
import TopUpCore

/// What one person wants done with a top-up, kept until it moves (invariant 52).
@Suite struct ReviewConformance {
  private func proposal(
    _ topUp: TopUp, version: Int64, verb: String = "refund", caller: String? = "console"
  ) -> ReviewProposal {
    ReviewProposal(
      topUp: topUp.id, version: version, verb: verb, actor: "ops:maria", caller: caller,
      reason: "seen by hand", at: Ground.now)
  }

  @Test(arguments: StoreKind.allCases)
  func `a proposal comes back with its version, and lapses with it`(_ kind: StoreKind) async throws
  {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    let parked = Sample.full(topUp)
    try await ground.commit(.beginTopUp(topUp, cause: "x"), .moveTopUp(parked, cause: "x"))
    let refund = proposal(topUp, version: parked.version)
    let lost = proposal(topUp, version: parked.version, verb: "resolve:lost", caller: nil)
    try await ground.commit(.proposeReview(refund), .proposeReview(lost))
    #expect(
      try ground.read { try $0.proposals(of: topUp.id, version: parked.version) }
        == [refund, lost])
    try await ground.commit(.moveTopUp(Sample.moved(parked, to: .refunding), cause: "x"))
    #expect(
      try ground.read { try $0.proposals(of: topUp.id, version: parked.version + 1) } == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a proposal of another version, or a second of the same verb, is refused`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    try await ground.commit(.beginTopUp(topUp, cause: "x"))
    let early = try await ground.conflict(.proposeReview(proposal(topUp, version: 2)))
    #expect(early?.kind == "changed")
    try await ground.commit(.proposeReview(proposal(topUp, version: 1)))
    let second = try await ground.conflict(.proposeReview(proposal(topUp, version: 1)))
    #expect(second?.kind == "changed")
  }
}
