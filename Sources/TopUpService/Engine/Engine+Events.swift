internal import TopUpCore

extension Engine {
  /// Goes through the processor's own list of events and takes in those that no webhook brought: what
  /// was missed while this process was down, and everything where webhooks are off (invariants 36,
  /// 39). Before the first pass nothing is sent, for the list may show that this store is a copy from
  /// earlier (invariant 50).
  ///
  /// - Returns: whether the list was gone through to its end.
  func catchUp() async throws(StoreError) -> Bool {
    guard let mark = try await eventsMark() else { return false }
    let since = mark.advanced(by: .zero - settings.eventsOverlap)
    var newest = mark
    var after: String?
    var found = 0
    for _ in 0..<settings.eventPagesMax {
      guard !isStopped,
        case .answered(let page) = await outside.processor.events(since: since, after: after)
      else { return false }
      found += try await takeIn(page.events)
      newest = page.events.reduce(newest) { max($0, $1.created) }
      after = page.events.last?.id ?? after
      if !page.hasMore {
        try await note(newest, found)
        return true
      }
    }
    return false
  }

  /// By the processor's clock. A store that is new has missed nothing.
  private func eventsMark() async throws(StoreError) -> UnixTime? {
    let mark = try store.read { snapshot throws(StoreError) in try snapshot.eventsThrough() }
    if let mark { return mark }
    guard case .answered(let theirs) = await outside.processor.serverTime() else { return nil }
    return theirs
  }

  private func note(_ newest: UnixTime, _ found: Int) async throws(StoreError) {
    try await store.commit(
      Commit(now: clock.now, fence: settings.fence, [.noteEvents(through: newest)]))
    if found > 0 { report(.caughtUp(events: found)) }
  }

  /// - Returns: how many were new.
  private func takeIn(_ events: [ProcessorEvent]) async throws(StoreError) -> Int {
    let new = try store.read { snapshot throws(StoreError) -> [ProcessorEvent] in
      var new: [ProcessorEvent] = []
      for event in events where try snapshot.inboxEvent(event.id) == nil { new.append(event) }
      return new
    }
    guard !new.isEmpty else { return 0 }
    // What an event says is read again from its object, so that its body is not needed.
    let changes = new.map { event in
      Change.receiveInbox(
        InboxEvent(
          id: event.id, type: event.type, object: event.object, intent: event.intent, body: [],
          received: clock.now))
    }
    try await store.commit(Commit(now: clock.now, fence: settings.fence, changes))
    return new.count
  }
}
