/// What of the processor's is called: each has a budget of calls of its own, and a place in the
/// order in which calls go when there are too many.
package enum OutboundEndpoint: String, Sendable, Hashable, CaseIterable {
  case confirmIntent = "confirm_intent"
  case cancelIntent = "cancel_intent"
  case createRefund = "create_refund"
  case createIntent = "create_intent"
  case readIntent = "read_intent"
  case readReversals = "read_reversals"
  case readClock = "read_clock"
  case cards
  case listIntents = "list_intents"
  case listEvents = "list_events"
  case listReversals = "list_reversals"
  case listMovements = "list_movements"

  /// What ends something goes before what asks, and that before what looks through lists: a charge
  /// that was begun is brought to its end first.
  package enum Priority: Int, Sendable, Comparable {
    case move
    case begin
    case ask
    case list

    package static func < (one: Priority, other: Priority) -> Bool {
      one.rawValue < other.rawValue
    }
  }

  package var priority: Priority {
    switch self {
    case .confirmIntent, .cancelIntent, .createRefund: .move
    case .createIntent: .begin
    case .readIntent, .readReversals, .readClock, .cards: .ask
    case .listIntents, .listEvents, .listReversals, .listMovements: .list
    }
  }
}
