package import RPCCore
package import TopUpAPI
internal import TopUpCore

// Webhook events that were received: which are applied, which wait, and which are given up.

extension AdminCalls {
  package func listInbox(
    _ request: ListInboxRequest, context call: ServerContext
  ) async throws -> ListInboxResponse {
    try context.permitService(call)
    var reader = context.reader()
    let size = reader.pageSize(request.pageSize)
    try reader.finish()
    let after = request.pageToken.isEmpty ? nil : request.pageToken
    let found = try context.store.look { snapshot throws(StoreError) in
      try snapshot.inbox(stuckOnly: request.stuckOnly, after: after, limit: size + 1)
    }
    let page = found.prefix(size)
    return ListInboxResponse(
      events: page.map(\.api),
      nextPageToken: found.count > size ? page.last?.event.id ?? "" : "")
  }

  package func replayInboxEvent(
    _ request: ReplayInboxEventRequest, context call: ServerContext
  ) async throws -> ReplayInboxEventResponse {
    try context.permitService(call)
    var reader = context.reader()
    let id = reader.name(request.id, "id")
    let (actor, reason) = reader.person(request.actor)
    try reader.finish()
    let event = try await context.engine.replayInbox(id, actor: actor, reason: reason)
    return ReplayInboxEventResponse(event: event.api)
  }
}

extension StoredInboxEvent {
  fileprivate var api: TopUpAPI.InboxEvent {
    TopUpAPI.InboxEvent(
      id: event.id, type: event.type, objectID: event.object,
      receivedAt: event.received.timestamp, appliedAt: applied?.timestamp, tries: Int32(tries),
      lastError: lastError ?? "", givenUpAt: givenUp?.timestamp)
  }
}
