internal import ProtobufRuntime
internal import TopUpAPI
internal import TopUpCore

/// An account's balance as callers see it: the last finalized reading, and what is on its way.
struct BalanceViewer {
  private let context: ServiceContext

  init(_ context: ServiceContext) { self.context = context }

  /// - Parameter refresh: whether the node is asked now; it is when nothing is known yet.
  func view(of account: AccountKey, refresh: Bool) async throws(ServiceError) -> BalanceView {
    let stored = try context.store.look { snapshot throws(StoreError) in
      try snapshot.balanceStanding(of: account)
    }
    var view: BalanceView
    switch account {
    case .credits: view = try credits(account)
    case .ddc(let ddc): view = try await chain(ddc, stored.reading, refresh)
    }
    view.account = account.api
    let active = Int128(view.active) ?? 0
    let unbilled = stored.claim?.unbilled ?? 0
    let pending = stored.inFlight.reduce(Int128(0)) { $0 + $1.pendingTokens.units }
    view.pending = "\(pending)"
    view.unbilled = "\(unbilled)"
    view.effective = "\(active - unbilled + pending)"
    view.inFlight = stored.inFlight.map { $0.api() }
    if let burn = stored.claim?.burnPerEra, burn > 0 {
      let eras = min(max(0, active - unbilled) / burn, Int128(Int64.max))
      let era = Int128(context.engine.settings.eraSeconds)
      view.runway = ProtobufDuration(seconds: Int64(clamping: eras * era))
    }
    return view
  }

  private func chain(
    _ account: TopUpCore.DDCAccount, _ known: KnownReading?, _ refresh: Bool
  ) async throws(ServiceError) -> BalanceView {
    if let known, !refresh { return Self.view(of: known) }
    switch await context.outside.node.balance(of: account) {
    case .answered(let reading):
      return Self.view(
        of: KnownReading(
          active: reading.active.units, total: reading.ledger?.total.units ?? 0,
          exists: reading.ledger != nil, block: reading.block, readAt: context.clock.now))
    case .refused(let refusal):
      throw .dependencyUnavailable(name: "node", detail: refusal.message)
    case .unknown(let reason), .notSent(let reason):
      throw .dependencyUnavailable(name: "node", detail: reason)
    }
  }

  private static func view(of reading: KnownReading) -> BalanceView {
    BalanceView(
      active: "\(reading.active)", total: "\(reading.total)", exists: reading.exists,
      blockNumber: reading.block.number, blockHash: reading.block.hash, finalized: true,
      readAt: reading.readAt.timestamp)
  }

  /// Credits are owed by us: what the ledger holds as a credit is what the user has.
  private func credits(_ account: AccountKey) throws(ServiceError) -> BalanceView {
    guard case .credits(let credits) = account else { return BalanceView() }
    let (balance, last) = try context.store.look { snapshot throws(StoreError) in
      (
        try snapshot.balance(of: .credits(credits)),
        try snapshot.entries(of: account, before: nil, limit: 1).first
      )
    }
    return BalanceView(
      active: "\(-balance)", exists: last != nil, finalized: true,
      readAt: context.clock.now.timestamp)
  }
}
