import ProtobufRuntime
import RPCCore
import SimulatedWorld
import TopUpAPI
import TopUpCore

// What operators do in the calm, when they see what is so outside.

extension Deeds {
  /// Ends each top-up that waits for a person, by one verb a turn: on its way again, given back, or
  /// by word, as it is outside.
  func endParked() {
    let caller = caller
    caller.call { () throws(RPCError) in
      try await caller.admin.listReviewItems(
        ListReviewItemsRequest(pageSize: 50), options: Caller.patience)
    } _: { [self] result in
      guard case .success(let answer) = result else { return }
      for item in answer.items { end(item) }
    }
  }

  private func end(_ item: ReviewItem) {
    let id = TopUpID(item.topUpID)
    let turn = reviewTurns[id, default: 0]
    reviewTurns[id] = turn + 1
    var request = ActOnReviewItemRequest(
      id: item.id, actor: ActorMessage(name: "operator", reason: "the trouble is over"),
      idempotencyKey: key("end"))
    if item.hold?.phase == .waiting {
      request.verb = turn % 2 == 0 ? .release : .refund
      auditor.mayLetGo(id)
    } else if profile.absence != nil, turn == 0, !isUnseen(id) {
      // By somebody who has not asked what became of it.
      request.verb = dice.pick([.resume, .refund])
    } else if hasArrivedUnseen(id), isUnseen(id) || turn % 2 == 0 {
      (request.verb, request.outcome) = (.resolve, .delivered)
      request.evidence = "the chain"
      auditor.mayBeDeliveredByWord(id)
    } else if isUnseen(id) || (wasNeverStopped(id) && turn % 4 == 2) {
      request.verb = .refund
    } else if let order = inDoubt(id), turn % 2 == 0 {
      // Whoever runs the ramp sees to it, and says so.
      wire.control("ramp", #"{"block":"\#(order)"}"#)
      (request.verb, request.outcome) = (.resolve, .undelivered)
      request.evidence = "the ramp's ticket"
    } else {
      let verbs: [ReviewVerb] = [.resume, .release, .refund, .resume, .refund]
      request.verb = verbs[turn % verbs.count]
      if turn >= verbs.count, mayBeLost(id) {
        (request.verb, request.outcome) = (.resolve, .lost)
        auditor.mayWriteOff(id)
      }
    }
    let caller = caller
    let verb = request.verb
    caller.call { [request] () throws(RPCError) in
      try await caller.admin.actOnReviewItem(request, options: Caller.patience)
    } _: { [self, request] result in
      note("\(verb) of \(item.id): \(Self.word(result))")
      if case .success = result { auditor.coverage.meet("review \(verb) \(request.outcome)") }
    }
  }

  /// Whether it waits for somebody who looks up on the chain what the ramp has forgotten.
  func isUnseen(_ id: TopUpID) -> Bool {
    auditor.topUps[id]?.review?.reason.hasPrefix(ParkingTable.unseen) ?? false
  }

  /// Whether its order was sent, and was not told to stop.
  private func wasNeverStopped(_ id: TopUpID) -> Bool {
    auditor.topUps[id]?.order?.phase == .sending
  }

  /// Whether something of it is gone that nobody can bring: a refund that the bank does not take, a
  /// charge that others took back, or an order of which the ramp cannot say what it did.
  private func mayBeLost(_ id: TopUpID) -> Bool {
    let prefix = id.rawValue + ":"
    return auditor.isRestored
      || wire.payments.contains { $0.topUp == id.rawValue && $0.wasContested }
      || world.orders.contains { order in
        order.id.hasPrefix(prefix) && (order.fate == .failUnknown || order.fate == .completeEarly)
      }
  }

  /// Its last order, if that may still come as far as is known here, and the ramp delivers nothing
  /// under its id.
  private func inDoubt(_ id: TopUpID) -> String? {
    guard let topUp = auditor.topUps[id], let order = topUp.order else { return nil }
    let name = topUp.orderID(order.number).rawValue
    switch order.phase {
    case .sending, .open, .cancelling:
      let fact = world.orders.first { $0.id == name }
      return fact.map { $0.isOpen || $0.delivered > .zero } ?? false ? nil : name
    case .planned, .finalizing, .dead, .completed: return nil
    }
  }

  /// Whether an order of it stands in a finalized block, and the books do not know.
  private func hasArrivedUnseen(_ id: TopUpID) -> Bool {
    guard let topUp = auditor.topUps[id] else { return false }
    let prefix = id.rawValue + ":"
    return world.orders.contains { order in
      guard order.id.hasPrefix(prefix), order.delivered > .zero else { return false }
      let number = Int(order.id.dropFirst(prefix.count)) ?? 0
      return topUp.orders.first { $0.number == number }?.phase != .completed
    }
  }

  /// An older copy of the store is in its place: what it does not have is settled by hand, each thing
  /// by its id, and then it sends again (invariants 50, 52).
  func takeOver() {
    let caller = caller
    let alarms = Alarms()
    let request = ReconcileRequest(
      repair: true, actor: ActorMessage(name: "operator", reason: "an older copy"))
    caller.call { () throws(RPCError) in
      try await caller.admin.reconcile(request, options: Self.longPatience) {
        differences throws(RPCError) in
        while let difference = try await differences.next() {
          if difference.alarm { alarms.objects.append(difference.objectID) }
          if difference.kind == "charge_not_counted" || difference.kind == "charge_without_top_up",
            !difference.repaired
          {
            alarms.payments.append(difference.objectID)
          }
        }
      }
    } _: { [self] result in
      note("compared: \(Self.word(result))")
      guard case .success = result else { return }
      for payment in alarms.payments {
        let answer = wire.control("stripe/refund", #"{"intent":"\#(payment)"}"#)
        if answer != nil { auditor.isGivenBackByHand(payment) }
      }
      for object in alarms.objects { settle(object) }
      if auditor.behindSince != nil { clearBehind() }
    }
  }

  /// After weeks without a daemon the processor has forgotten what it had to tell: an operator has the
  /// books compared, and what differs read again (docs/OPERATIONS.md).
  func repairBooks() {
    let caller = caller
    let request = ReconcileRequest(
      repair: true, actor: ActorMessage(name: "operator", reason: "after weeks"))
    caller.call { () throws(RPCError) in
      try await caller.admin.reconcile(request, options: Self.longPatience) {
        differences throws(RPCError) in while try await differences.next() != nil {}
      }
    } _: { [self] result in
      note("repaired: \(Self.word(result))")
    }
  }

  private static let longPatience = CallOptions(timeout: .seconds(1_800), waitsForReady: true)

  /// `@unchecked Sendable`: on the simulation's loop only.
  private final class Alarms: @unchecked Sendable {
    var objects: [String] = []
    /// Payments of top-ups that do not know of them.
    var payments: [String] = []
  }

  func settle(_ object: String) {
    let caller = caller
    let request = SettleByHandRequest(
      objectID: object, actor: ActorMessage(name: "operator", reason: "of a lost top-up"))
    caller.call { () throws(RPCError) in
      try await caller.admin.settleByHand(request, options: Caller.patience)
    } _: { [self] result in
      note("settled \(object): \(Self.word(result))")
    }
  }

  func clearBehind() {
    let caller = caller
    let request = ClearBehindRequest(
      actor: ActorMessage(name: "operator", reason: "everything is settled"))
    caller.call { () throws(RPCError) in
      try await caller.admin.clearBehind(request, options: Self.longPatience)
    } _: { [self] result in
      note("sends again: \(Self.word(result))")
    }
  }
}
