import RPCCore
import SimulatedWorld
import TopUpAPI
import TopUpCore

/// What cardholders do whose bank asks for them: a console sends them a link, and they finish the
/// payment on their device, or fail to.
///
/// `@unchecked Sendable`: on the simulation's loop only.
final class PersonDeeds: @unchecked Sendable {
  private let callers: [Caller]
  private let wire: OutsideWire
  private let dice: Dice
  private let auditor: Auditor
  /// Intents whose secret somebody was given: nobody finishes another.
  private var handed: Set<String> = []
  var note: (String) -> Void = { _ in }

  init(_ callers: [Caller], _ wire: OutsideWire, _ dice: Dice, _ auditor: Auditor) {
    self.callers = callers
    self.wire = wire
    self.dice = dice
    self.auditor = auditor
  }

  /// A console sends a link to whoever it finds waited for; it is opened once, or several times.
  func followLink() {
    let caller = dice.pick(callers)
    let asked = ListTopUpsRequest(states: [.actionRequired], pageSize: 20)
    caller.call { () throws(RPCError) in
      try await caller.topUps.listTopUps(asked, options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result, !answer.topUps.isEmpty else { return }
      let id = dice.pick(answer.topUps).id
      let request = CreateAuthenticationRequest(
        topUpID: id, returnURL: "https://console.example/done")
      caller.call { () throws(RPCError) in
        try await caller.topUps.createAuthentication(request, options: Caller.patience)
      } _: { [self] result in
        switch result {
        case .success(let made):
          note("link for \(id)")
          wasHanded(made.clientSecret, of: TopUpID(id))
          for _ in 0..<dice.number(1...3) { redeem(made.oneTimeToken) }
        case .failure(let error): note("no link for \(id): \(error.code)")
        }
      }
    }
  }

  private func redeem(_ token: String) {
    let caller = dice.pick(callers)
    let request = RedeemAuthenticationRequest(oneTimeToken: token)
    caller.call { () throws(RPCError) in
      try await caller.topUps.redeemAuthentication(request, options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result, let id = answer.topUp?.id else { return }
      note("link of \(id) opened")
      auditor.tokenWasRedeemed(token)
      wasHanded(answer.clientSecret, of: TopUpID(id))
    }
  }

  /// Somebody has the secret of a top-up's payment now.
  func wasHanded(_ secret: String, of id: TopUpID) {
    guard let end = secret.firstRange(of: "_secret_")?.lowerBound else {
      return auditor.violate("21", "the secret of \(id) is none")
    }
    let intent = String(secret[..<end])
    auditor.secretWasHanded(PaymentIntentID(intent), of: id)
    handed.insert(intent)
  }

  /// Whoever was given a secret finishes with it, or fails to.
  func authenticate() {
    for intent in wire.world.awaitingPerson.filter(handed.contains).prefix(2) {
      wire.control(
        "stripe/authenticate",
        #"{"intent":"\#(intent)","succeeds":\#(dice.chance(percent: 80))}"#)
    }
  }
}
