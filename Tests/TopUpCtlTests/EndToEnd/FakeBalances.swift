import ProtobufRuntime
import RPCCore
import TopUpAPI

struct FakeBalances: BalanceServiceProtocol {
  let daemon: FakeDaemon

  private var view: BalanceView {
    BalanceView(
      account: SampleTopUp.account, active: "5000000000", exists: true, pending: "0",
      effective: "5000000000", blockNumber: 100_800, blockHash: "0x01", finalized: true,
      readAt: SampleTopUp.at(0), runway: ProtobufDuration(seconds: 39_840))
  }

  func getBalance(
    _ request: GetBalanceRequest, context: ServerContext
  ) async throws -> GetBalanceResponse { GetBalanceResponse(balance: view) }

  func watchBalance(
    _ request: WatchBalanceRequest, responses: MessageWriter<WatchBalanceResponse>,
    context: ServerContext
  ) async throws {
    var view = view
    try await responses.write(WatchBalanceResponse(balance: view))
    let breaks = daemon.withMemory { memory in
      defer { memory.breaks = max(0, memory.breaks - 1) }
      return memory.breaks > 0
    }
    if breaks { throw RPCError(.unavailable, "the server is shutting down") }
    view.active = "2510000000000"
    try await responses.write(WatchBalanceResponse(balance: view))
    throw FakeDaemon.endOfTest
  }

  func listEntries(
    _ request: ListEntriesRequest, context: ServerContext
  ) async throws -> ListEntriesResponse {
    guard request.toPosition > 0 else {
      return ListEntriesResponse(entries: SampleTopUp.credited.entries)
    }
    // One to a page, newest first.
    let found = SampleTopUp.credited.entries.reversed().filter { entry in
      entry.position >= request.fromPosition && entry.position <= request.toPosition
        && entry.position < Int64(request.pageToken) ?? .max
    }
    return ListEntriesResponse(
      entries: Array(found.prefix(1)),
      nextPageToken: found.count > 1 ? "\(found[0].position)" : "")
  }

  func getLedgerBalances(
    _ request: GetLedgerBalancesRequest, context: ServerContext
  ) async throws -> GetLedgerBalancesResponse {
    let position = request.position == 0 ? 13 : request.position
    let slip = daemon.withMemory { $0.closingSlip }
    var balances: [LedgerBalance] = []
    if position >= 13 {
      balances.append(
        LedgerBalance(
          account: "delivered:ddc:x", asset: "CERE", balance: "2505000000000", position: 13))
    }
    if position >= 12 {
      balances.append(
        LedgerBalance(
          account: SampleTopUp.held, asset: "USD", balance: "\(-2500 + slip)", position: 12))
    }
    return GetLedgerBalancesResponse(position: position, balances: balances)
  }

  /// Grants a small window, so that a sender must heed it, and acknowledges each message.
  func streamLowBalance(
    _ requests: MessageStream<StreamLowBalanceRequest>,
    responses: MessageWriter<StreamLowBalanceResponse>, context: ServerContext
  ) async throws {
    let window = 8
    guard case .hello(let hello) = try await requests.next()?.message, hello.version == 1 else {
      throw RPCError(.invalidArgument, "the first message must be Hello")
    }
    let welcome = Welcome(resumeFrom: 41, window: UInt32(window))
    try await responses.write(StreamLowBalanceResponse(message: .welcome(welcome)))
    var next: UInt64 = 41
    while let request = try await requests.next() {
      var events: [LowBalanceEvent] = []
      switch request.message {
      case .event(let event): events = [event]
      case .batch(let batch): events = batch.events
      default: throw RPCError(.invalidArgument, "only events were expected")
      }
      guard events.count <= window else {
        throw RPCError(.resourceExhausted, "\(events.count) events pass the window")
      }
      var results: [EventResult] = []
      for event in events {
        guard event.seq <= next else { throw RPCError(.invalidArgument, "\(next) is missing") }
        results.append(
          EventResult(seq: event.seq, outcome: event.seq == next ? .accepted : .duplicate))
        next = max(next, event.seq + 1)
        daemon.withMemory { $0.streamed.append(event.seq) }
      }
      let ack = Ack(upTo: next - 1, results: results, credit: UInt32(results.count))
      try await responses.write(StreamLowBalanceResponse(message: .ack(ack)))
    }
  }

  func reportLowBalance(
    _ request: ReportLowBalanceRequest, context: ServerContext
  ) async throws -> ReportLowBalanceResponse {
    let event = request.event ?? LowBalanceEvent()
    let isKnown = daemon.withMemory { memory in
      defer { memory.reports.append(event) }
      return memory.reports.contains { $0.eventID == event.eventID }
    }
    return ReportLowBalanceResponse(
      result: EventResult(
        seq: event.seq, outcome: isKnown ? .duplicate : .coalesced, topUpID: "tu_1"))
  }

  func deductCredits(
    _ request: DeductCreditsRequest, context: ServerContext
  ) async throws -> DeductCreditsResponse {
    daemon.withMemory { $0.deducted.append(request) }
    return DeductCreditsResponse(
      entry: LedgerEntry(position: 7, description: "credits used"), balanceAfter: "40")
  }

  func returnCredits(
    _ request: ReturnCreditsRequest, context: ServerContext
  ) async throws -> ReturnCreditsResponse {
    daemon.withMemory { $0.returned.append(request) }
    return ReturnCreditsResponse(
      entry: LedgerEntry(position: 8, description: "credits given back"), balanceAfter: "90")
  }

  func transferCredits(
    _ request: TransferCreditsRequest, context: ServerContext
  ) async throws -> TransferCreditsResponse {
    daemon.withMemory { $0.transferred.append(request) }
    return TransferCreditsResponse(
      entry: LedgerEntry(position: 9, description: "credits handed on"))
  }
}
