import RPCCore
import TopUpAPI

/// What operators do with webhook events that the service gave up.
///
/// `@unchecked Sendable`: on the simulation's loop only.
final class InboxDeeds: @unchecked Sendable {
  private let callers: [Caller]
  private let dice: Dice
  var note: (String) -> Void = { _ in }

  init(_ callers: [Caller], _ dice: Dice) {
    self.callers = callers
    self.dice = dice
  }

  /// Operators have tried again what the service gave up.
  func replayDeadLetters() {
    let caller = dice.pick(callers)
    let asked = ListInboxRequest(stuckOnly: true, pageSize: 100)
    let actor = ActorMessage(name: "operator", reason: "its cause is gone")
    caller.call { () throws(RPCError) in
      try await caller.admin.listInbox(asked, options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result else { return }
      for event in answer.events where event.givenUpAt != nil {
        let request = ReplayInboxEventRequest(id: event.id, actor: actor)
        caller.call { () throws(RPCError) in
          try await caller.admin.replayInboxEvent(request, options: Caller.patience)
        } _: { [self] result in
          if case .success(let answer) = result {
            note("replay of \(event.id): \(answer.event?.lastError ?? "")")
          }
        }
      }
    }
  }
}
