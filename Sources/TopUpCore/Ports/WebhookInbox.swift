/// Where webhook events are made durable before they are answered (invariant 35).
package protocol WebhookInbox: Sendable {
  /// Stores an event, and returns when it is durable.
  ///
  /// The event's id decides alone whether it came before; what is stored then stays as it is.
  ///
  /// - Throws: when the event may not be durable; the sender is told to come again.
  func receive(_ event: InboxEvent) async throws(StoreError) -> InboxReceipt
}

/// What became of an event.
package enum InboxReceipt: Hashable, Sendable {
  case stored
  /// It was durable before.
  case duplicate
}
