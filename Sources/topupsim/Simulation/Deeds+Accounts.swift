import RPCCore
import TopUpAPI
import TopUpCore

extension Deeds {
  /// An operator looks at an account: one that is blocked is released or forgiven, another is blocked
  /// now and then.
  func mindAccount() {
    let account = owner.account
    let caller = caller
    let (forgives, blocks) = (dice.chance(percent: 40), dice.chance(percent: 20))
    let actor = ActorMessage(name: "operator", reason: "looked at it")
    caller.call { () throws(RPCError) in
      try await caller.admin.getAccountStanding(
        GetAccountStandingRequest(account: account), options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result, let standing = answer.standing else { return }
      guard !standing.blocks.isEmpty else {
        if blocks { block(account, actor) }
        return
      }
      let isOwing = !standing.debts.isEmpty
      let request = ReleaseAccountRequest(
        account: account, causes: standing.blocks.map(\.cause), forgive: forgives && isOwing,
        actor: actor, idempotencyKey: key("release"),
        expectedVersion: standing.version)
      caller.call { () throws(RPCError) in
        try await caller.admin.releaseAccount(request, options: Caller.patience)
      } _: { [self] result in
        note("released\(request.forgive ? " and forgiven" : ""): \(Self.word(result))")
      }
    }
  }

  private func block(_ account: TopUpAPI.Account, _ actor: ActorMessage) {
    let caller = caller
    let request = BlockAccountRequest(
      account: account, actor: actor, idempotencyKey: key("block"))
    caller.call { () throws(RPCError) in
      try await caller.admin.blockAccount(request, options: Caller.patience)
    } _: { [self] result in
      note("blocked: \(Self.word(result))")
    }
  }
}
