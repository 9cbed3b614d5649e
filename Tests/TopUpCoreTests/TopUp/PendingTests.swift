import Testing
import TopUpCore

/// What a top-up counts for in its account's balance while it is on its way (invariant 10).
@Suite struct PendingTests {
  @Test func `credits that are granted are not on their way any more, whatever follows (10)`()
    throws
  {
    var scene = Scene(
      account: .credits(Sample.credits), fee: 0, quote: nil, credits: 50_000, debtPart: 500)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation, amount: Sample.usd(3_000))))
    #expect(scene.topUp.pending == 50_000)
    // The debt that it was to pay is gone by then.
    let seen = Sample.succeeded(amount: Sample.usd(3_000))
    let step = try #require(try scene.topUp.applying(.intentSeen(seen), at: scene.now))
    scene.keep(step.repayingDebt(0, at: scene.now))
    #expect(scene.state == .needsReview && scene.ledger[.credits(Sample.credits)] == -50_000)
    #expect(scene.topUp.pending == 0)
    // Nothing is left to buy: what is held is given back.
    #expect(throws: TransitionError.refused(.nothingToResume(.charged))) {
      try scene.on(.reviewed(ReviewAction(.resume, actor: "ops:maria", reason: "looked at")))
    }
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "not owed")))
    #expect(scene.topUp.refunds.last?.amount == Sample.usd(500) && scene.topUp.pending == 0)
  }
}
