internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// Notices are pulled: nobody who is told anything can hold up a charge (invariants 9, 45).

extension TopUpCalls {
  /// What is read of the store at a time, and so all that a watcher who is slow holds.
  private static let pageMax = 100
  /// Others' notices that pass before a watcher is told how far it has come.
  private static let silenceMax: Int64 = 256
  /// Longest that one message may take to be read.
  private static let patience = Duration.seconds(60)

  package func listNotices(
    _ request: ListNoticesRequest, context call: ServerContext
  ) async throws -> ListNoticesResponse {
    var reader = context.reader()
    let account = request.account.flatMap { reader.account($0) }
    let size = reader.pageSize(request.pageSize)
    let cursor = reader.position(request.pageToken) ?? reader.cursor(request.afterPosition)
    try reader.finish()
    try context.permit(call, account: account)
    let query = NoticeQuery(
      after: cursor, account: account, tenants: try context.tenants(of: call), limit: size + 1)
    let (found, newest) = try notices(query)
    let page = found.prefix(size)
    let hasMore = found.count > size
    return ListNoticesResponse(
      notices: page.map(\.api),
      nextPageToken: hasMore ? page.last.map { "\($0.position)" } ?? "" : "",
      position: hasMore ? page.last?.position ?? cursor : newest)
  }

  package func watchNotices(
    _ request: WatchNoticesRequest, responses: MessageWriter<WatchNoticesResponse>,
    context call: ServerContext
  ) async throws {
    var reader = context.reader()
    let account = request.account.flatMap { reader.account($0) }
    let cursor = reader.cursor(request.afterPosition)
    var place = Place(cursor: cursor, told: cursor)
    try reader.finish()
    // Heard before the first is read: none falls between.
    let hints = context.feed.notices.hear()
    // The end of what is kept is told whatever came before it.
    place = try await readOn(from: place, of: account, silence: 0, to: responses, call)
    for await _ in hints {
      place = try await readOn(
        from: place, of: account, silence: Self.silenceMax, to: responses, call)
    }
  }

  /// How far a watcher has come.
  private struct Place {
    var cursor: Int64
    /// The last position that it was told.
    var told: Int64
  }

  /// Writes what is kept behind a place, to its end.
  ///
  /// - Parameter silence: notices of others that may pass without a word.
  private func readOn(
    from place: Place, of account: AccountKey?, silence: Int64,
    to responses: MessageWriter<WatchNoticesResponse>, _ call: ServerContext
  ) async throws -> Place {
    var place = place
    var isAtEnd = false
    while !isAtEnd {
      // Bindings may have changed while it was watched.
      try context.permit(call, account: account)
      let query = NoticeQuery(
        after: place.cursor, account: account, tenants: try context.tenants(of: call),
        limit: Self.pageMax)
      let (page, newest) = try notices(query)
      for stored in page {
        let response = WatchNoticesResponse(notice: stored.api, position: stored.position)
        try await write(response, to: responses)
        place = Place(cursor: stored.position, told: stored.position)
      }
      isAtEnd = page.count < Self.pageMax
      if isAtEnd { place.cursor = newest }
    }
    if place.cursor - place.told >= silence {
      try await write(WatchNoticesResponse(position: place.cursor), to: responses)
      place.told = place.cursor
    }
    return place
  }

  /// - Throws: `tooSlow` when the peer reads again after it did not for too long.
  private func write(
    _ response: WatchNoticesResponse, to responses: MessageWriter<WatchNoticesResponse>
  ) async throws {
    let begun = context.clock.now
    try await responses.write(response)
    guard context.clock.now.since(begun) <= Self.patience else {
      throw ServiceError.tooSlow(cursor: response.position)
    }
  }

  /// In one state of the store: what is asked for, and up to where that is all.
  private func notices(
    _ query: NoticeQuery
  ) throws(ServiceError) -> (found: [StoredNotice], newest: Int64) {
    let (found, kept) = try context.store.look {
      snapshot throws(StoreError) -> ([StoredNotice], NoticeRange) in
      (try snapshot.notices(query), try snapshot.noticeRange())
    }
    if let objection = kept.objection(to: query.after) {
      throw .cursorExpired(objection, kept)
    }
    return (found, kept.newest)
  }
}

extension RequestReader {
  /// The position that a reader has come to.
  fileprivate mutating func cursor(_ position: Int64) -> Int64 {
    if position < 0 { reject(FieldViolation("after_position", "must be zero or above")) }
    return max(position, 0)
  }
}

extension StoredNotice {
  var api: TopUpAPI.Notice {
    var message = TopUpAPI.Notice(
      position: position, kind: notice.kind.api, account: notice.account.api,
      payer: notice.payer.api, topUpID: notice.topUp?.rawValue ?? "",
      topUpVersion: notice.version ?? 0, amount: notice.amount?.api,
      declineClass: notice.decline?.api ?? .unspecified, retryAt: notice.retryAt?.timestamp,
      paymentMethodID: notice.card?.rawValue ?? "", text: notice.text, at: at.timestamp)
    if case .episode(let ordinal) = notice.occasion { message.episode = ordinal }
    return message
  }
}

extension TopUpCore.Notice.Kind {
  var api: TopUpAPI.NoticeKind {
    switch self {
    case .actionRequired: .actionRequired
    case .declined: .declined
    case .breakerOpen: .cardBreakerOpen
    case .capReached: .capReached
    case .noCard: .noPaymentMethod
    case .noConsent: .noConsent
    case .credited: .credited
    case .refunded: .refunded
    case .refundFailed: .refundFailed
    case .disputed: .disputed
    case .reversed: .reversed
    case .reinstated: .reinstated
    case .blocked: .accountBlocked
    case .held: .held
    case .needsReview: .needsReview
    case .cancelled: .cancelled
    }
  }
}
