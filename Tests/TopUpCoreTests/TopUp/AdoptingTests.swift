import Testing
import TopUpCore

/// Orders that the ramp has of a row that never sent them (invariants 28, 33, 50).
@Suite struct AdoptingTests {
  @Test func `an order that was only planned is followed to its end (30)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    try scene.deliver(Sample.order(.completed))
    #expect(scene.state == .credited && scene.order == .completed)
    #expect(scene.topUp.books.delivered == 2_362 && scene.topUp.books.fee == 138)
    #expect(scene.ledger[.delivered(Sample.dragon)] == Sample.tokens.units)
  }

  @Test func `one at another price is taken as it was ordered (24, 30)`() throws {
    let half = Planck(Sample.tokens.units / 2)
    for isPlanned in [true, false] {
      var scene = try Scene.charged()
      if isPlanned { try scene.on(.quoted(Sample.quote("q1"))) }
      try scene.deliver(Sample.order(.completed, ordered: half))
      #expect(scene.state == .credited)
      #expect(scene.topUp.orders.map(\.quote.tokens) == [half])
      #expect(scene.topUp.books.delivered == 2_362 && scene.topUp.books.fee == 138)
      #expect(scene.ledger[.delivered(Sample.dragon)] == half.units)
    }
  }

  @Test func `what was to be given back without it is stopped first (33)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    scene.wait(.seconds(1_800))
    try scene.on(.timePassed)
    #expect(scene.call == "create_refund" && scene.order == .dead)
    try scene.on(.orderSeen(Sample.order(.accepted)))
    #expect(scene.state == .orderCancelling && scene.call == "ask_order")
    // Delivered after all: nothing is given back.
    try scene.deliver(Sample.order(.completed, version: 2))
    #expect(scene.state == .credited && scene.topUp.books.refunded == 0)
  }

  @Test func `and where it ends with nothing, that is given back once (15)`() throws {
    var scene = try Scene.charged()
    try scene.on(.quoted(Sample.quote("q1")))
    scene.wait(.seconds(1_800))
    try scene.on(.timePassed)
    try scene.on(.orderSeen(Sample.order(.accepted)))
    try scene.on(.orderSeen(Sample.order(.cancelled, version: 2)))
    #expect(scene.call == "create_refund")
    #expect(scene.topUp.refunds.map(\.phase) == [.failed, .sending])
    try scene.on(.refundsSeen([Sample.refund(.succeeded, number: 2)]))
    #expect(scene.state == .refunded)
  }

  @Test func `a charge that is held goes with its order`() throws {
    let rule = HoldRule(newCard: .seconds(86_400), risk: nil, riskSpan: nil)
    var scene = Scene(holdRule: rule)
    try scene.on(.chargeStarted)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .depositHeld)
    try scene.deliver(Sample.order(.completed))
    #expect(scene.state == .credited && scene.topUp.hold?.phase == .over)
  }

  @Test func `one that was parked before its order is told`() throws {
    var scene = try Scene.charged()
    let offer = Planck(Sample.tokens.units / 2)
    try scene.on(.quoted(Sample.quote("q1", tokens: offer)))
    #expect(scene.state == .needsReview)
    try scene.deliver(Sample.order(.completed))
    #expect(scene.state == .credited)
  }

  @Test func `a dead order, and one of a row that sent it, are as ever (28)`() throws {
    var scene = try Scene.charged()
    #expect(try scene.on(.orderSeen(Sample.order(.expired))) == nil)
    try scene.on(.quoted(Sample.quote("q1")))
    try scene.on(.orderSeen(Sample.order(.expired)))
    #expect(scene.state == .charged && scene.order == .dead && scene.call == "ask_quote")
    // Order 3 is nobody's before there is a second.
    #expect(try scene.on(.orderSeen(Sample.order(.accepted, number: 3))) == nil)
    var sent = try Scene.ordered()
    #expect(try sent.on(.orderSeen(Sample.order(.accepted, number: 2))) == nil)
  }

  @Test func `an older copy waits with what time alone would have it do (33, 50)`() throws {
    #expect(Scene().topUp.isBeforeSending)
    #expect(try Scene.charged().topUp.isBeforeSending)
    #expect(try !Scene.sending().topUp.isBeforeSending)
    #expect(try !Scene.refunding().topUp.isBeforeSending)
  }
}
