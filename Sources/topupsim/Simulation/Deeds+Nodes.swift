import RPCCore
import SimulatedWorld
import TopUpAPI
import TopUpCore

// What nodes use, and what they say of it.

extension Deeds {
  func setBalance(of owner: Owner, cere: Int) {
    wire.control(
      "chain",
      #"{"cluster":"\#(owner.cluster)","owner":"\#(owner.hex)","set_active":""#
        + #"\#(Planck.cere.units * Int128(cere))"}"#)
  }

  /// The balance runs low, and nodes say so.
  func burn() {
    let owner = owner
    setBalance(of: owner, cere: dice.pick([0, 1, 5, 30]))
    report(owner, copies: dice.number(1...5))
  }

  func report(_ owner: Owner, copies: Int) {
    guard let account = account(of: owner) else { return }
    for _ in 0..<copies {
      let source = "node-\(dice.number(0...3))"
      sequence[source, default: 0] += 1
      var event = LowBalanceEvent()
      let name = Array("\(source)-\(sequence[source] ?? 0)".utf8)
      event.eventID = name + Array(repeating: 0, count: 16 - name.count)
      event.clusterID = Hex.prefixedBytes(owner.cluster) ?? []
      event.owner = owner.bytes
      event.balanceActive = String(Planck.cere.units * Int128(dice.number(0...30)))
      event.severity = dice.pick([.low, .critical, .exhausted])
      if dice.chance(percent: 30) { event.burnPerEra = String(Planck.cere.units) }
      if dice.chance(percent: 10) { event.unbilled = String(Planck.cere.units * 3) }
      if dice.chance(percent: 30) {
        let head = wire.world.chain.finalized
        event.blockNumber = dice.pick([head, head + 90, head + 1_000_000, head / 2])
      }
      if source == "node-3" {
        node.tell(event)
        continue
      }
      // The same event may come twice.
      for _ in 0..<(dice.chance(percent: 10) ? 2 : 1) {
        let caller = caller
        let request = ReportLowBalanceRequest(sourceID: source, event: event)
        caller.call { () throws(RPCError) in
          try await caller.balances.reportLowBalance(request, options: Caller.patience)
        } _: { [self] result in
          switch result {
          case .success(let answer):
            note("\(source) reported: \(answer.result?.outcome as Any? ?? "nothing")")
            if let result = answer.result, result.outcome.countsAsEvent, result.topUpID.isEmpty {
              auditor.eventWasTaken(of: account)
            }
          case .failure(let error): note("\(source) not heard: \(error.code) \(error.message)")
          }
        }
      }
    }
  }

  /// Nodes say of whatever is low that it is.
  func tellLow() {
    let chain = world.chain
    for (owner, account) in zip(owners, accounts) {
      guard case .ddc(let ddc) = account else { continue }
      let active = chain.ledger(of: ddc, at: chain.best)?.active ?? .zero
      if active.units <= Planck.cere.units * 10 { report(owner, copies: 1) }
    }
  }
}

extension TopUpAPI.IntakeOutcome {
  /// Whether it is looked into: a repeat was before, and of what is not kept nothing is said.
  fileprivate var countsAsEvent: Bool { self == .accepted || self == .coalesced }
}
