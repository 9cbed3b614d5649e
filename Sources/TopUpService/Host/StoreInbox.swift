internal import TopUpCore

/// The store as the inbox of the webhook listener.
struct StoreInbox: WebhookInbox {
  let store: any Store
  let clock: any WallClock
  let fence: Int64
  let engine: Engine

  func receive(_ event: InboxEvent) async throws(StoreError) -> InboxReceipt {
    let isKnown = try store.read { snapshot throws(StoreError) in
      try snapshot.inboxEvent(event.id) != nil
    }
    guard !isKnown else { return .duplicate }
    try await store.commit(Commit(now: clock.now, fence: fence, [.receiveInbox(event)]))
    await engine.pokeInbox()
    return .stored
  }
}
