internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

/// The service `topup.v1.Balance`.
package struct BalanceCalls: BalanceServiceProtocol {
  let context: ServiceContext

  package init(_ context: ServiceContext) { self.context = context }

  // MARK: Balances

  package func getBalance(
    _ request: GetBalanceRequest, context call: ServerContext
  ) async throws -> GetBalanceResponse {
    let account = try account(request.account)
    try context.permit(call, account: account)
    let view = try await BalanceViewer(context).view(of: account, refresh: request.refresh)
    return GetBalanceResponse(balance: visible(view, call))
  }

  package func watchBalance(
    _ request: WatchBalanceRequest, responses: MessageWriter<WatchBalanceResponse>,
    context call: ServerContext
  ) async throws {
    let account = try account(request.account)
    try context.permit(call, account: account)
    let changes = context.feed.watch { $0.account == account }
    let reading = BalanceViewer(context)
    let first = try await reading.view(of: account, refresh: true)
    try await responses.write(WatchBalanceResponse(balance: visible(first, call)))
    for await _ in changes {
      // Bindings may have changed while it was watched.
      try context.permit(call, account: account)
      let view = try await reading.view(of: account, refresh: true)
      try await responses.write(WatchBalanceResponse(balance: visible(view, call)))
    }
  }

  package func listEntries(
    _ request: ListEntriesRequest, context call: ServerContext
  ) async throws -> ListEntriesResponse {
    var reader = context.reader()
    let account = reader.account(request.account)
    let size = reader.pageSize(request.pageSize)
    let token = reader.position(request.pageToken)
    let bounds = reader.positions(from: request.fromPosition, to: request.toPosition)
    try reader.finish()
    guard let account else { throw ServiceError.invalid([]) }
    try context.permit(call, account: account)
    let found = try await entries(of: account, in: bounds, before: token, limit: size + 1)
    let page = found.prefix(size)
    return ListEntriesResponse(
      entries: page.map(\.api),
      nextPageToken: found.count > size ? page.last.map { "\($0.position)" } ?? "" : "")
  }

  /// - Parameter token: the position that the page before ended with.
  private func entries(
    of account: AccountKey, in bounds: ClosedRange<Int64>, before token: Int64?, limit: Int
  ) async throws(ServiceError) -> [StoredEntry] {
    let end = bounds.upperBound == .max ? nil : bounds.upperBound + 1
    let found: [StoredEntry]
    if let end, token.map({ end < $0 }) ?? true {
      // From the newest entry back to there it may be far.
      found = try await context.histories.look { snapshot throws(StoreError) in
        try snapshot.entries(of: account, before: end, limit: limit)
      }
    } else {
      found = try context.store.look { snapshot throws(StoreError) in
        try snapshot.entries(of: account, before: token, limit: limit)
      }
    }
    return found.filter { $0.position >= bounds.lowerBound }
  }

  package func getLedgerBalances(
    _ request: GetLedgerBalancesRequest, context call: ServerContext
  ) async throws -> GetLedgerBalancesResponse {
    let account = try account(request.account)
    try context.permit(call, account: account)
    let asked = request.position
    let found = try await context.histories.look { snapshot throws(StoreError) in
      let last = try snapshot.head().position
      let position = asked == 0 ? last : asked
      return (
        last: last, position: position,
        balances: try snapshot.balances(of: account, at: min(position, last))
      )
    }
    guard asked >= 0, asked <= found.last else {
      throw ServiceError.invalid([
        FieldViolation("position", "must be 0 to \(found.last), the ledger's last entry")
      ])
    }
    return GetLedgerBalancesResponse(
      position: found.position, balances: found.balances.map(\.api))
  }

  // MARK: Low-balance events

  package func streamLowBalance(
    _ requests: MessageStream<StreamLowBalanceRequest>,
    responses: MessageWriter<StreamLowBalanceResponse>, context call: ServerContext
  ) async throws {
    try await LowBalanceStream(
      store: context.store, intake: context.intake, registry: context.sources,
      requests: requests, responses: responses,
      permit: { refusals throws(ServiceError) in try context.permit(call, refusals) }
    ).run()
  }

  package func reportLowBalance(
    _ request: ReportLowBalanceRequest, context call: ServerContext
  ) async throws -> ReportLowBalanceResponse {
    var reader = context.reader()
    let source = reader.name(request.sourceID, "source_id")
    guard let event = request.event else {
      throw ServiceError.invalid([FieldViolation("event", "is required")])
    }
    if event.eventID.count != 16 {
      reader.reject(FieldViolation("event.event_id", "must be 16 bytes"))
    }
    try reader.finish()
    try context.permit(call) { [$0.refusal(source: source, "source_id")] }
    let report: LowBalanceReport
    switch LowBalanceReport.read(event) {
    case .success(let read): report = read
    case .failure(let fault):
      throw ServiceError.invalid([FieldViolation("event", fault.reason)])
    }
    try context.permit(call) { [$0.refusal(reported: report.account, "event")] }
    do throws(StoreError) {
      let outcome = try await context.intake.takeOne(
        report, source: source, eventID: event.eventID,
        digest: BLAKE2b.digest(of: event.serializedBytes, bytes: 16))
      return ReportLowBalanceResponse(result: EventResult(event.seq, outcome))
    } catch { throw ServiceError.store(error) }
  }

  /// An account's balance is told to whoever is bound to it, a top-up to its tenant alone.
  private func visible(_ view: BalanceView, _ call: ServerContext) -> BalanceView {
    var view = view
    view.inFlight.removeAll { topUp in
      !context.mayName(call, tenant: topUp.payer?.tenant ?? "")
    }
    return view
  }

  private func account(_ account: TopUpAPI.Account?) throws(ServiceError) -> AccountKey {
    var reader = context.reader()
    let read = reader.account(account)
    try reader.finish()
    guard let read else { throw .invalid([]) }
    return read
  }
}
