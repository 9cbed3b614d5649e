internal import RPCCore
internal import Synchronization
internal import TopUpAPI

/// Follows top-ups over a stream that may break: what was shown is not shown again.
struct TopUpFollower: Sendable {
  enum Subject: Sendable {
    /// To its end.
    case topUp(String)
    /// For as long as one likes.
    case account(Account)
  }

  private let session: Session
  private let subject: Subject

  init(_ session: Session, _ subject: Subject) {
    self.session = session
    self.subject = subject
  }

  /// - Parameter onChange: called in order with each state that is new.
  /// - Returns: the last state seen; final, where one top-up was asked for.
  /// - Throws: ``CallFailure`` when the server refuses, or cannot be reached at first.
  func follow(_ onChange: @escaping @Sendable (WatchTopUpsResponse) -> Void) async throws
    -> TopUpRecord?
  {
    let seen = Seen()
    let keeper = StreamKeeper(
      session.console, connectTimeout: session.connection.connectTimeout)
    try await keeper.run(until: { isOver(seen) }) { isAgain async throws(CallFailure) in
      try await stream(isAgain: isAgain) { response in
        keeper.noteMessage()
        if seen.isNews(response) { onChange(response) }
      }
    }
    return seen.last
  }

  private func isOver(_ seen: Seen) -> Bool {
    if case .topUp = subject { seen.last?.state.isFinal == true } else { false }
  }

  private var request: WatchTopUpsRequest {
    switch subject {
    case .topUp(let id): WatchTopUpsRequest(id: id, untilFinal: true)
    case .account(let account): WatchTopUpsRequest(account: account)
    }
  }

  private func stream(
    isAgain: Bool, _ body: @escaping @Sendable (WatchTopUpsResponse) -> Void
  ) async throws(CallFailure) {
    let request = request
    try await session.call(TopUpRPC.watchTopUps) { connection async throws(RPCError) in
      try await connection.topUps.watchTopUps(
        request, options: connection.stream(isAgain: isAgain)
      ) { responses async throws(RPCError) in
        while let response = try await responses.next() { body(response) }
      }
    }
  }

  /// - Throws: ``Unsuccessful`` for every end but the one that was wanted.
  static func judge(_ record: TopUpRecord) throws(Unsuccessful) {
    guard record.state != .credited else { return }
    throw Unsuccessful(
      "\(record.id) ended \(record.state.cell.text), not CREDITED; "
        + "topupctl topup get \(record.id) shows why")
  }

  /// What has come so far.
  private final class Seen: Sendable {
    private struct State {
      var versions: [String: Int64] = [:]
      var last: TopUpRecord?
    }

    private let state = Mutex(State())

    var last: TopUpRecord? { state.withLock { $0.last } }

    func isNews(_ response: WatchTopUpsResponse) -> Bool {
      guard let record = response.topUp else { return false }
      return state.withLock { state in
        state.last = record
        guard record.version > state.versions[record.id] ?? -1 else { return false }
        state.versions[record.id] = record.version
        return true
      }
    }
  }
}
