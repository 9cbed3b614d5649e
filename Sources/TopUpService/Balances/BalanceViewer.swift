internal import ProtobufRuntime
internal import TopUpAPI
internal import TopUpCore

/// An account's balance as callers see it: the last finalized reading, and what is on its way.
struct BalanceViewer {
  private let context: ServiceContext

  init(_ context: ServiceContext) { self.context = context }

  /// - Parameter refresh: whether the node is asked now; it is when nothing is known yet.
  func view(of account: AccountKey, refresh: Bool) async throws(ServiceError) -> BalanceView {
    // In one state: what has been granted is not on its way any more.
    let (stored, ledger) = try context.store.look { snapshot throws(StoreError) in
      (try snapshot.balanceStanding(of: account), try ledgerHolding(of: account, snapshot))
    }
    let held: Holding
    if let ledger {
      held = ledger
    } else if let known = stored.reading, !refresh {
      held = Holding(known)
    } else {
      held = try await chain(account)
    }
    let unbilled = stored.claim?.unbilled ?? 0
    let pending = stored.inFlight.reduce(Int128(0)) { $0.clampedSum($1.pending) }
    let usable = held.active.clampedDifference(unbilled)
    let active = "\(held.active)"
    let isAll = unbilled == 0 && pending == 0
    return BalanceView(
      account: account.api, active: active, total: held.total.map { "\($0)" } ?? "",
      exists: held.exists, pending: "\(pending)", unbilled: "\(unbilled)",
      effective: isAll ? active : "\(usable.clampedSum(pending))",
      blockNumber: held.block?.number ?? 0, blockHash: held.block?.hash ?? "", finalized: true,
      readAt: held.readAt.timestamp, runway: runway(of: usable, stored.claim),
      inFlight: stored.inFlight.map { $0.api() })
  }

  /// What an account has, wherever that is known from.
  private struct Holding {
    var active: Int128
    /// For accounts on chain.
    var total: Int128?
    var exists: Bool
    var block: BlockReference?
    var readAt: UnixTime

    init(_ reading: KnownReading) {
      active = reading.active
      total = reading.total
      exists = reading.exists
      block = reading.block
      readAt = reading.readAt
    }

    init(active: Int128, exists: Bool, readAt: UnixTime) {
      self.active = active
      self.exists = exists
      self.readAt = readAt
    }
  }

  private func runway(of usable: Int128, _ claim: LowBalanceClaim?) -> ProtobufDuration? {
    guard let burn = claim?.burnPerEra, burn > 0 else { return nil }
    let eras = min(max(0, usable) / burn, Int128(Int64.max))
    let era = Int128(context.engine.settings.eraSeconds)
    return ProtobufDuration(seconds: Int64(clamping: eras * era))
  }

  private func chain(_ account: AccountKey) async throws(ServiceError) -> Holding {
    guard case .ddc(let ddc) = account else {
      preconditionFailure("\(account.name) is no account on chain")
    }
    switch await context.outside.node.balance(of: ddc) {
    case .answered(let reading):
      return Holding(
        KnownReading(
          active: reading.active.units, total: reading.ledger?.total.units ?? 0,
          exists: reading.ledger != nil, block: reading.block, readAt: context.clock.now))
    case .refused(let refusal):
      throw .dependencyUnavailable(name: "node", detail: refusal.message)
    case .unknown(let reason), .notSent(let reason):
      throw .dependencyUnavailable(name: "node", detail: reason)
    }
  }

  /// Credits are owed by us: what the ledger holds as a credit is what the user has.
  ///
  /// - Returns: nil for an account on chain.
  private func ledgerHolding(
    of account: AccountKey, _ snapshot: any StoreSnapshot
  ) throws(StoreError) -> Holding? {
    guard case .credits(let credits) = account else { return nil }
    let has = -(try snapshot.balance(of: .credits(credits)))
    let last = try snapshot.entries(of: account, before: nil, limit: 1).first
    return Holding(active: has, exists: last != nil, readAt: context.clock.now)
  }
}
