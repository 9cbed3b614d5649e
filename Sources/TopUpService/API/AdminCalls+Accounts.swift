internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// What an account owes, what blocks it, and what operators do about it.

extension AdminCalls {
  package func getAccountStanding(
    _ request: GetAccountStandingRequest, context call: ServerContext
  ) async throws -> GetAccountStandingResponse {
    try context.permitService(call)
    var reader = context.reader()
    let account = reader.account(request.account)
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    return GetAccountStandingResponse(standing: try context.standing(of: account, call))
  }

  package func blockAccount(
    _ request: BlockAccountRequest, context call: ServerContext
  ) async throws -> BlockAccountResponse {
    try context.permitService(call)
    var reader = context.reader()
    let account = reader.account(request.account)
    let key = reader.idempotencyKey(request.idempotencyKey)
    let (actor, reason) = reader.person(request.actor)
    reader.expected(request.expectedVersion)
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    _ = try await context.accountDesk.act(
      AccountRequest(
        caller: context.caller(of: call), provenCaller: call.principal?.name, key: key,
        account: account, expected: request.expectedVersion, act: .block, actor: actor,
        reason: reason))
    return BlockAccountResponse(standing: try context.standing(of: account, afterWord: call))
  }

  package func releaseAccount(
    _ request: ReleaseAccountRequest, context call: ServerContext
  ) async throws -> ReleaseAccountResponse {
    try context.permitService(call)
    var reader = context.reader()
    let account = reader.account(request.account)
    let causes = reader.causes(of: request)
    let key = reader.idempotencyKey(request.idempotencyKey)
    let (actor, reason) = reader.person(request.actor)
    reader.expected(request.expectedVersion)
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    let awaits = try await context.accountDesk.act(
      AccountRequest(
        caller: context.caller(of: call), provenCaller: call.principal?.name, key: key,
        account: account, expected: request.expectedVersion,
        act: .release(causes, forgiving: request.forgive), actor: actor, reason: reason))
    return ReleaseAccountResponse(
      standing: try context.standing(of: account, afterWord: call), awaitsSecondPerson: awaits)
  }
}

extension RequestReader {
  /// Each once, by their names.
  fileprivate mutating func causes(
    of request: ReleaseAccountRequest
  ) -> [TopUpCore.AccountBlock.Cause] {
    var causes: Set<TopUpCore.AccountBlock.Cause> = []
    for (index, cause) in request.causes.enumerated() {
      switch cause {
      case .debt: causes.insert(.debt)
      case .fraudWarning: causes.insert(.fraudWarning)
      case .operator: causes.insert(.operator)
      case .unspecified, .unrecognized:
        reject(FieldViolation("causes[\(index)]", "is none that is known here"))
      }
    }
    if request.causes.isEmpty, !request.forgive {
      reject(FieldViolation("causes", "is required: DEBT, FRAUD_WARNING or OPERATOR, or forgive"))
    }
    return causes.sorted()
  }
}

extension ServiceContext {
  fileprivate var accountDesk: AccountDesk {
    AccountDesk(
      store: store, engine: engine, clock: clock, fence: fence,
      needsSecondPerson: needsSecondPerson)
  }

  /// As a call that changed it tells it.
  fileprivate func standing(
    of account: AccountKey, afterWord call: ServerContext
  ) throws(ServiceError) -> AccountStanding {
    try telling(of: "the word on \(account.name)") { () throws(ServiceError) in
      try standing(of: account, call)
    }
  }

  /// Of top-ups that another's tenant pays for only the sums are told.
  fileprivate func standing(
    of account: AccountKey, _ call: ServerContext
  ) throws(ServiceError) -> AccountStanding {
    try store.look { snapshot throws(StoreError) in
      let stored = try snapshot.account(account)
      var standing = stored.standing(of: account)
      let debts = try snapshot.debts(of: account)
      let owing = try snapshot.owing(account).filter { mayName(call, payer: $0.payer) }
      standing.debts = debts.map { debt in
        AccountDebt(
          amount: debt.amount.api,
          parts: owing.filter { $0.amount.currency == debt.amount.currency }.map { topUp in
            DebtPart(
              topUpID: topUp.id.rawValue,
              amount: TopUpCore.Money(minorUnits: topUp.owed, topUp.amount.currency).api)
          })
      }
      if let position = debts.map(\.position).max(),
        let proposal = try snapshot.debtReleaseProposal(of: account, since: position)
      {
        standing.proposal = TopUpAPI.DebtReleaseProposal(
          actor: ActorMessage(name: proposal.actor, reason: proposal.reason),
          at: proposal.at.timestamp)
      }
      standing.inFlight = try snapshot.inFlight(account).filter { mayName(call, payer: $0.payer) }
        .map { topUp in
          TopUpInFlight(
            id: topUp.id.rawValue, state: topUp.state.api, trigger: topUp.trigger.api,
            amount: topUp.amount.api)
        }
      if let payer = stored.policy?.payer, mayName(call, payer: payer) {
        let refused = try snapshot.openBreakers(account)
        standing.refusedPaymentMethodIDs = try snapshot.payer(payer).cards
          .filter { refused.contains($0.card.fingerprint) }.map(\.card.id.rawValue)
      }
      return standing
    }
  }
}

extension StoredAccount {
  fileprivate func standing(of account: AccountKey) -> AccountStanding {
    var standing = AccountStanding(
      account: account.api, version: state.version, debtRule: (policy?.debt ?? .block).api)
    standing.blocks = state.blocks.map { block in
      TopUpAPI.AccountBlock(
        cause: block.cause.api, actor: ActorMessage(name: block.actor, reason: block.reason),
        since: block.since.timestamp)
    }
    standing.episode = AccountEpisode(
      ordinal: state.episode.ordinal, armed: state.episode.isArmed,
      topUps: Int32(clamping: state.episode.topUps),
      declines: Int32(clamping: state.episode.declines),
      lastFinishedAt: state.lastFinished?.timestamp)
    standing.backOffUntil = state.backOffUntil?.timestamp
    return standing
  }
}

extension TopUpCore.AccountBlock.Cause {
  fileprivate var api: TopUpAPI.BlockCause {
    switch self {
    case .debt: .debt
    case .fraudWarning: .fraudWarning
    case .operator: .operator
    }
  }
}
