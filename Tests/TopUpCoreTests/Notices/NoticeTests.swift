import Testing
import TopUpCore

/// What people are told of a step or a skip (invariant 45).
@Suite struct NoticeTests {
  /// Every notice of the steps that an action takes.
  private func told(
    _ scene: inout Scene, _ act: (inout Scene) throws -> Step?
  ) throws -> [Notice] {
    let before = scene.topUp
    let step = try #require(try act(&scene))
    return step.notices(from: before, aftermath(scene), at: scene.now)
  }

  private func aftermath(_ scene: Scene) -> Aftermath? {
    guard scene.topUp.state.isTerminal else { return nil }
    let fired = AccountState(
      episode: .init(ordinal: 1, isArmed: false, topUps: 1), version: 5)
    return Aftermath(
      of: scene.topUp, on: fired, cooldown: .seconds(3_600), lowCooldown: .seconds(300),
      at: scene.now)
  }

  private func took(
    _ id: String, _ cents: Int64, rank: Int64 = 1, _ kind: Reversal.Kind = .dispute
  ) -> TopUpEvent {
    .reversalsSeen([
      ReversalSnapshot(id: id, kind: kind, taken: Sample.usd(cents), rank: rank, isOpen: false)
    ])
  }

  @Test func `a demand to authenticate and a credit are told, and nothing on the way (45)`() throws
  {
    var scene = try Scene.confirming()
    let asked = try told(&scene) { try $0.on(.intentSeen(Sample.intent(.requiresAction))) }
    #expect(asked.map(\.kind) == [.actionRequired])
    #expect(asked.first?.card == scene.topUp.attempt?.card.id)
    #expect(asked.first?.version == scene.topUp.version && asked.first?.topUp == Scene.id)
    #expect(asked.first?.occasion == .episode(1))
    let paid = try told(&scene) { try $0.on(.intentSeen(Sample.succeeded())) }
    #expect(paid == [])
    try scene.quoteAndReread("q1")
    try scene.on(.orderSeen(Sample.order(.completed, version: 2)))
    let credited = try told(&scene) {
      try $0.on(
        .finalitySeen(
          Sample.finalized(
            $0.topUp.order?.seen?.evidence?.blockNumber ?? 0)))
    }
    #expect(credited.map(\.kind) == [.credited])
    #expect(credited.first?.amount == Sample.amount)
  }

  @Test(arguments: [
    ("insufficient_funds", DeclineClass.soft, [Notice.Kind.declined]),
    ("stolen_card", .hard, [.declined, .breakerOpen]),
  ])
  func `a decline is told with its class, and a card that is refused from now on (18, 45)`(
    code: String, declineClass: DeclineClass, kinds: [Notice.Kind]
  ) throws {
    var scene = try Scene.confirming(cards: [Sample.card(1)])
    let decline = Decline(
      code: "card_declined", declineCode: code, adviceCode: nil, networkDeclineCode: nil,
      message: "from the processor", charge: nil)
    try scene.on(.intentSeen(Sample.declined(attempt: 1, decline)))
    let notices = try told(&scene) { try $0.on(.intentSeen(Sample.intent(.canceled))) }
    #expect(notices.map(\.kind) == kinds)
    #expect(notices.allSatisfy { $0.decline == declineClass && $0.card == Sample.card(1).id })
    for notice in notices {
      #expect(!notice.text.contains(Sample.card(1).last4) && !notice.text.contains("processor"))
    }
  }

  @Test func `taken back, given back and taken back otherwise are three kinds (38, 45)`() throws {
    var scene = try Scene.ordered()
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(try told(&scene) { try $0.on(took("du_1", 2_500)) }.map(\.kind) == [.disputed])
    // What comes back credits nothing anew.
    #expect(
      try told(&scene) { try $0.on(took("du_1", 0, rank: 2)) }.map(\.kind) == [.reinstated])
    #expect(
      try told(&scene) { try $0.on(took("re_1", 100, .refund)) }.map(\.kind) == [.reversed])
    // An inquiry takes nothing, and is told.
    #expect(try told(&scene) { try $0.on(took("du_2", 0)) }.map(\.kind) == [.disputed])
  }

  @Test func `a refund, and one that failed after all (37, 45)`() throws {
    var scene = try Scene.refunding()
    let refunded = try told(&scene) { try $0.on(.refundsSeen([Sample.refund(.succeeded)])) }
    #expect(refunded.map(\.kind) == [.refunded])
    let failed = try told(&scene) { try $0.on(.refundsSeen([Sample.refund(.failed)])) }
    #expect(failed.map(\.kind) == [.refundFailed])
    let lost = try told(&scene) {
      try $0.on(.reviewed(ReviewAction(.resolve(.lost), actor: "ops:maria", reason: "no way")))
    }
    #expect(lost.map(\.kind) == [.reversed])
  }

  @Test func `a refund that fails while its top-up is not at its end is told (37, 45)`() throws {
    var scene = try Scene.refunding()
    try scene.on(.refundsSeen([Sample.refund(.succeeded)]))
    try scene.on(.refundsSeen([Sample.refund(.failed)]))
    try scene.on(.reviewed(ReviewAction(.refund, actor: "ops:maria", reason: "once more")))
    let key = scene.topUp.refundKey(scene.topUp.refunds[1])
    try scene.on(.refundsSeen([Sample.refund(.succeeded, key: key, id: "re_2")]))
    let again = try told(&scene) {
      try $0.on(.refundsSeen([Sample.refund(.failed, key: key, id: "re_2")]))
    }
    #expect(again.map(\.kind) == [.refundFailed])
  }

  @Test func `what is put off is decided anew, and nobody is told of its end (45, 47)`() throws {
    for (trigger, kinds) in [(Trigger.threshold, []), (.user, [Notice.Kind.cancelled])] {
      var scene = Scene(trigger: trigger)
      let ended = try told(&scene) { try $0.on(.chargeForbidden("an operator stopped charging")) }
      #expect(ended.map(\.kind) == kinds && scene.state == .cancelled)
    }
  }

  @Test func `a user's top-up is an occasion of its own, an automatic one's episode is (45)`()
    throws
  {
    var mine = Scene(trigger: .user)
    let cancelled = try told(&mine) { try $0.on(.cancelRequested("changed my mind")) }
    #expect(cancelled.map(\.kind) == [.cancelled])
    #expect(cancelled.map(\.occasion) == [.topUp(Scene.id)])
    for (trigger, kinds) in [(Trigger.user, [Notice.Kind.cancelled]), (.threshold, [])] {
      var old = Scene(trigger: trigger)
      old.wait(.seconds(700))
      #expect(try told(&old) { try $0.on(.timePassed) }.map(\.kind) == kinds)
      #expect(old.state == .expired)
    }
  }

  @Test func `a skip is told that a person can end, in the episode that would begin (45)`() throws {
    var input = Situation.input()
    input.state.episode = .init(ordinal: 4)
    input.windows = [Situation.window(Policy.Cap(count: 1), count: 1)]
    let cap = try #require(decide(input).skip?.notice(on: input))
    #expect(cap.kind == .capReached && cap.occasion == .episode(5))
    #expect(cap.retryAt == Situation.now.advanced(by: .seconds(5_000)))
    input.state.episode.isArmed = false
    input.consent = nil
    #expect(decide(input).skip?.notice(on: input)?.occasion == .episode(4))
    #expect(decide(input).skip?.notice(on: input)?.kind == .noConsent)
    input.cards = []
    #expect(decide(input).skip?.notice(on: input)?.kind == .noCard)
    // Nobody is told of a card that an account which is not low would need.
    input.reading = Situation.reading(1_000 * Situation.cere)
    #expect(decide(input).skip?.reason == .notLow)
    #expect(decide(input).skip?.notice(on: input) == nil)
  }

  @Test func `an occasion is its name and back`() {
    for occasion in [Notice.Occasion.episode(.max), .episode(0), .topUp(Scene.id)] {
      #expect(Notice.Occasion(name: occasion.name) == occasion)
    }
    #expect(Notice.Occasion(name: "episode:x") == nil)
  }

  @Test func `a cursor behind what is kept, or of another store, is refused (45)`() {
    let kept = NoticeRange(oldest: 10, newest: 20)
    for cursor: Int64 in [0, 9, 10, 20] { #expect(kept.objection(to: cursor) == nil) }
    #expect(kept.objection(to: 8)?.contains("the oldest is 10") == true)
    #expect(kept.objection(to: 21)?.contains("the last is 20") == true)
    #expect(NoticeRange(oldest: 0, newest: 0).objection(to: 0) == nil)
    #expect(NoticeRange(oldest: 0, newest: 0).objection(to: 1) != nil)
  }
}
