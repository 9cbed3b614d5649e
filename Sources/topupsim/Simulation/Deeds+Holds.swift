import RPCCore
import TopUpAPI
import TopUpCore

extension Deeds {
  /// Somebody looks at what is held before its deposit, and lets it go on or gives it back.
  func mindHolds() {
    let caller = caller
    let (lets, picked) = (dice.chance(percent: 50), dice.number(0...1_000))
    caller.call { () throws(RPCError) in
      try await caller.admin.listReviewItems(
        ListReviewItemsRequest(pageSize: 50), options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result else { return }
      let held = answer.items.filter { $0.hold?.phase == .waiting }
      guard !held.isEmpty else { return }
      let item = held[picked % held.count]
      if lets { auditor.mayLetGo(TopUpID(item.topUpID)) }
      let request = ActOnReviewItemRequest(
        id: item.id, verb: lets ? .release : .refund,
        actor: ActorMessage(name: "operator", reason: "looked at it"), idempotencyKey: key("hold"))
      caller.call { () throws(RPCError) in
        try await caller.admin.actOnReviewItem(request, options: Caller.patience)
      } _: { [self] result in
        note("\(lets ? "let go" : "gave back") \(item.id): \(Self.word(result))")
      }
    }
  }

  /// Somebody looks at what waits for a person and has no hold, and sends it on its way again or gives
  /// it back; the service itself says what it does not let anybody do.
  func mindParked() {
    let caller = caller
    let (verb, picked) = (
      dice.pick([ReviewVerb.resume, .resume, .refund, .release]), dice.number(0...1_000)
    )
    caller.call { () throws(RPCError) in
      try await caller.admin.listReviewItems(
        ListReviewItemsRequest(pageSize: 50), options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result else { return }
      let parked = answer.items.filter {
        $0.hold?.phase != .waiting && !self.isUnseen(TopUpID($0.topUpID))
      }
      guard !parked.isEmpty else { return }
      let item = parked[picked % parked.count]
      let request = ActOnReviewItemRequest(
        id: item.id, verb: verb, actor: ActorMessage(name: "operator", reason: "looked at it"),
        idempotencyKey: key("parked"))
      caller.call { () throws(RPCError) in
        try await caller.admin.actOnReviewItem(request, options: Caller.patience)
      } _: { [self] result in
        note("\(verb) of \(item.id): \(Self.word(result))")
        if case .success = result { auditor.coverage.meet("early review \(verb)") }
      }
    }
  }
}
