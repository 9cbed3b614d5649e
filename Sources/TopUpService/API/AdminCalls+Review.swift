internal import ProtobufRuntime
package import RPCCore
package import TopUpAPI
internal import TopUpCore

// What waits for a person, and what a person does with it.

extension AdminCalls {
  package func listReviewItems(
    _ request: ListReviewItemsRequest, context call: ServerContext
  ) async throws -> ListReviewItemsResponse {
    try context.permitService(call)
    var reader = context.reader()
    let size = reader.pageSize(request.pageSize)
    try reader.finish()
    let query = TopUpQuery(
      states: [.needsReview, .depositHeld], tenants: try context.tenants(of: call),
      before: request.pageToken.isEmpty ? nil : TopUpID(request.pageToken), limit: size + 1)
    let found = try context.store.look { snapshot throws(StoreError) in
      try snapshot.topUps(query).map { topUp throws(StoreError) in
        topUp.reviewItem(try snapshot.proposals(of: topUp.id, version: topUp.version))
      }
    }
    let page = found.prefix(size)
    return ListReviewItemsResponse(
      items: Array(page), nextPageToken: found.count > size ? page.last?.id ?? "" : "")
  }

  package func actOnReviewItem(
    _ request: ActOnReviewItemRequest, context call: ServerContext
  ) async throws -> ActOnReviewItemResponse {
    try context.permitService(call)
    var reader = context.reader()
    let verb = reader.verb(of: request)
    let key = reader.idempotencyKey(request.idempotencyKey)
    let (actor, reason) = reader.person(request.actor)
    reader.expected(request.expectedVersion)
    try reader.finish()
    guard let verb else { throw ServiceError.invalid([]) }
    try context.permit(call, topUp: TopUpID(request.id))
    let outcome = try await context.reviewDesk.act(
      ReviewRequest(
        caller: context.caller(of: call), provenCaller: call.principal?.name, key: key,
        id: TopUpID(request.id), expected: request.expectedVersion,
        action: ReviewAction(verb, actor: actor, reason: reason)))
    let record = try telling(of: "the verb") { () throws(ServiceError) in
      try context.store.look { snapshot throws(StoreError) in
        try snapshot.record(of: outcome.topUp)
      }
    }
    return ActOnReviewItemResponse(
      topUp: record, awaitsSecondPerson: outcome.awaitsSecondPerson)
  }
}

extension RequestReader {
  fileprivate mutating func verb(of request: ActOnReviewItemRequest) -> ReviewAction.Verb? {
    if request.verb != .resolve, request.outcome != .unspecified {
      reject(FieldViolation("outcome", "is of RESOLVE alone"))
    }
    let isOfOrder = request.outcome == .delivered || request.outcome == .undelivered
    if !isOfOrder, !request.evidence.isEmpty {
      reject(FieldViolation("evidence", "is of the outcomes DELIVERED and UNDELIVERED alone"))
    }
    switch request.verb {
    case .resume: return .resume
    case .release: return .release
    case .refund: return .refund
    case .resolve:
      switch request.outcome {
      case .delivered:
        return .resolve(.delivered(evidence: sentence(request.evidence, "evidence")))
      case .undelivered:
        return .resolve(.undelivered(evidence: sentence(request.evidence, "evidence")))
      case .lost: return .resolve(.lost)
      case .unspecified, .unrecognized:
        reject(
          FieldViolation("outcome", "is required with RESOLVE: DELIVERED, UNDELIVERED or LOST"))
        return nil
      }
    case .unspecified, .unrecognized:
      reject(FieldViolation("verb", "is required: RESUME, RESOLVE, REFUND or RELEASE"))
      return nil
    }
  }
}

extension TopUp {
  fileprivate func reviewItem(_ proposals: [TopUpCore.ReviewProposal]) -> ReviewItem {
    var item = ReviewItem(
      id: id.rawValue, topUpID: id.rawValue, reason: review?.reason ?? heldWords,
      owner: "operators",
      nextCheckAt: nextCheck?.timestamp, createdAt: standsSince.timestamp)
    item.version = version
    item.resumesAs = review?.resume.api ?? .charged
    item.hold = hold?.api
    item.held = TopUpCore.Money(minorUnits: books.held, amount.currency).api
    item.tokensOffered = review?.offer?.decimal ?? ""
    item.proposals = proposals.map(\.api)
    return item
  }
}

extension TopUp {
  private var heldWords: String { hold.map { "held: \($0.explanation)" } ?? "" }
}

extension TopUpCore.ReviewProposal {
  fileprivate var api: TopUpAPI.ReviewProposal {
    let (verb, outcome): (TopUpAPI.ReviewVerb, TopUpAPI.ReviewOutcome) =
      switch self.verb {
      case "refund": (.refund, .unspecified)
      case "resolve:delivered": (.resolve, .delivered)
      case "resolve:undelivered": (.resolve, .undelivered)
      case "resolve:lost": (.resolve, .lost)
      default: (.unspecified, .unspecified)
      }
    return TopUpAPI.ReviewProposal(
      verb: verb, outcome: outcome, actor: ActorMessage(name: actor, reason: reason),
      at: at.timestamp)
  }
}
