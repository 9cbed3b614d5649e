import Testing
import TopUpCore

@Suite struct CancelTests {
  @Test(arguments: [TopUpEvent.cancelRequested("user"), .chargeForbidden("switched off")])
  func `what is only reserved is cancelled at once (47)`(event: TopUpEvent) throws {
    var scene = Scene()
    try scene.on(event)
    #expect(scene.state == .cancelled)
    #expect(scene.releases == 1)
    #expect(try scene.on(.chargeStarted) == nil)
  }

  @Test(arguments: [TopUpEvent.cancelRequested("user"), .chargeForbidden("switched off")])
  func `an unconfirmed intent is cancelled, and the end waits until it is seen so (8, 13, 47)`(
    event: TopUpEvent
  ) throws {
    var scene = try Scene.confirming()
    try scene.on(event)
    #expect(scene.call == "cancel_intent")
    #expect(scene.releases == 0)
    #expect(try scene.on(event) == nil)
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled)
    #expect(scene.releases == 1)
  }

  @Test func `an intent that may exist is made known in order to be cancelled (13)`() throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    let create = scene.next
    try scene.on(.inDoubt("timed out"))
    try scene.on(.cancelRequested("user"))
    #expect(scene.next == create)
    try scene.on(.intentSeen(Sample.intent(.requiresConfirmation)))
    #expect(scene.call == "cancel_intent")
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled)
  }

  @Test func `making it known that is refused ends the charge and tries no card`() throws {
    var scene = Scene()
    try scene.on(.chargeStarted)
    try scene.on(.cancelRequested("user"))
    try scene.on(.refused(Sample.refusal(.invalid)))
    #expect(scene.state == .cancelled)
    #expect(scene.topUp.attempts.count == 1)
  }

  @Test func `what is forbidden is put off, what somebody gives up is not (4, 47)`() throws {
    for begin in [Scene(), try Scene.confirming()] {
      var forbidden = begin
      try forbidden.on(.chargeForbidden("an operator stopped charging"))
      #expect(forbidden.topUp.isPutOff)
      var given = begin
      try given.on(.cancelRequested("user"))
      #expect(!given.topUp.isPutOff)
    }
  }

  @Test func `somebody gives up what is being put off (4)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.chargeForbidden("an operator stopped charging"))
    let call = scene.call
    try scene.on(.cancelRequested("user"))
    #expect(!scene.topUp.isPutOff && scene.call == call)
    #expect(try scene.on(.cancelRequested("user")) == nil)
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled && !scene.topUp.isPutOff)
  }

  @Test func `somebody gives up what waits for a person while it is put off (4, 39)`() throws {
    var scene = try Scene.confirming()
    try scene.on(.chargeForbidden("an operator stopped charging"))
    for _ in 1...40 where scene.state != .needsReview {
      scene.wait(.seconds(7_200))
      try scene.on(.inDoubt("down"))
      try scene.on(.timePassed)
    }
    #expect(scene.state == .needsReview && scene.topUp.isPutOff)
    try scene.on(.cancelRequested("user"))
    #expect(scene.state == .needsReview && !scene.topUp.isPutOff)
    #expect(try scene.on(.cancelRequested("user")) == nil)
    try scene.on(.intentSeen(Sample.intent(.canceled)))
    #expect(scene.state == .cancelled)
  }

  @Test func `nobody who authenticates in time gives it up, nobody who confirms puts it off (4)`()
    throws
  {
    var unattended = try Scene.confirming()
    try unattended.on(.intentSeen(Sample.intent(.requiresAction)))
    unattended.wait(Timings.authenticationMax)
    try unattended.on(.timePassed)
    #expect(unattended.topUp.attempt?.phase == .abandoning && !unattended.topUp.isPutOff)
    var late = try Scene.confirming()
    late.wait(Timings.confirmMax)
    try late.on(.timePassed)
    #expect(late.topUp.attempt?.phase == .abandoning && late.topUp.isPutOff)
  }

  /// Whatever the first card did before, after or while the wish came: no second card is charged.
  @Test func `a cancelled charge never goes on with another card (47)`() throws {
    let before: [[IntentSnapshot]] = [
      [], [Sample.intent(.processing)], [Sample.intent(.requiresAction)],
      [Sample.declined(Sample.authenticationDemand)], [Sample.declined()],
    ]
    let after: [[TopUpEvent]] = [
      [],
      [.intentSeen(Sample.declined())],
      [.intentSeen(Sample.intent(.processing)), .intentSeen(Sample.declined())],
      [.inDoubt("timed out"), .intentSeen(Sample.declined())],
      [.refused(Sample.refusal(.unexpectedState)), .intentSeen(Sample.intent(.processing))],
      [
        .refused(Sample.refusal(.unexpectedState)), .intentSeen(Sample.intent(.processing)),
        .intentSeen(Sample.declined()),
      ],
      [.inDoubt("timed out"), .intentSeen(Sample.declined(Sample.authenticationDemand))],
    ]
    for wish in [TopUpEvent.cancelRequested("user"), .chargeForbidden("off")] {
      for first in before {
        for then in after {
          var scene = try Scene.confirming()
          for snapshot in first { try scene.on(.intentSeen(snapshot)) }
          try scene.on(wish)
          for event in then {
            try scene.on(event)
            #expect(scene.call != "confirm_intent")
            if case .createIntent = scene.next { Issue.record("\(first) \(then)") }
          }
          try scene.on(.intentSeen(Sample.intent(.canceled)))
          #expect(scene.state == .cancelled, "\(first) \(then)")
          #expect(scene.releases == 1)
        }
      }
    }
  }

  @Test func `a success wins over a wish to cancel`() throws {
    var scene = try Scene.confirming()
    try scene.on(.cancelRequested("user"))
    try scene.on(.intentSeen(Sample.succeeded()))
    #expect(scene.state == .charged)
  }

  @Test func `what is charged is not cancelled by a wish, nor by a switch (47)`() throws {
    for scene in [try Scene.charged(), try Scene.sending(), try Scene.refunding()] {
      for event in [TopUpEvent.cancelRequested("user"), .chargeForbidden("off")] {
        var copy = scene
        #expect(try copy.on(event) == nil)
      }
    }
  }

  @Test func `a reservation of ten minutes expires, and is not begun any more (47)`() throws {
    var scene = Scene()
    scene.wait(.milliseconds(599_999))
    #expect(try scene.on(.timePassed) == nil)
    scene.wait(.milliseconds(1))
    var late = scene
    try scene.on(.timePassed)
    #expect(scene.state == .expired)
    #expect(scene.releases == 1)
    try late.on(.chargeStarted)
    #expect(late.state == .expired)
    #expect(late.topUp.attempts.isEmpty)
  }

  @Test func `time alone releases nothing once something was sent (8)`() throws {
    for begun in [
      try Scene.confirming(), try ChargeDoubtTests.creating(), try Scene.charged(),
      try Scene.ordered(), try Scene.refunding(),
    ] {
      var scene = begun
      for _ in 0..<20 {
        scene.wait(.seconds(86_400))
        try scene.on(.timePassed)
        try scene.on(.inDoubt("down"))
      }
      #expect(scene.releases == 0)
      #expect(!scene.state.isTerminal)
    }
  }

  @Test func `a clock that jumps back a day does no harm (48)`() throws {
    var scene = Scene()
    scene.wait(.seconds(-86_400))
    #expect(try scene.on(.timePassed) == nil)
    try scene.on(.chargeStarted)
    #expect(scene.call == "create_intent")
  }
}
