internal import RPCServer
internal import Synchronization
internal import TopUpCore

/// What the comparisons of the three books came to, for the metrics.
final class BooksMeter: Sendable {
  private struct State {
    var last: [Reconciliation.Scope: Reconciliation] = [:]
    var failures: UInt64 = 0
  }

  private let state = Mutex(State())

  func note(_ report: EngineReport) {
    switch report {
    case .reconciled(let result): state.withLock { $0.last[result.scope] = result }
    case .reconciliationFailed: state.withLock { $0.failures += 1 }
    case .calling, .called, .contradiction, .decided, .inboxFailed, .inboxGivenUp, .caughtUp,
      .catchUpFailed, .eventsForgotten, .storeIsBehind, .different, .rampStands, .clockSetBack,
      .storeTrouble, .storeLost:
      break
    }
  }

  /// Differences that stand, by the last comparison that was made, whoever asked for it.
  func write(to text: inout ExpositionText) {
    let (last, failures) = state.withLock { ($0.last, $0.failures) }
    let newest = last.values.max { $0.ended < $1.ended }
    text.begin(
      "topup_books_differences", "Differences between processor, ledger and ramp that stand.",
      type: "gauge")
    for kind in Difference.Kind.allCases {
      let count = newest?.open.count { $0.difference.kind == kind } ?? 0
      text.add("topup_books_differences", [("kind", kind.rawValue)], UInt64(count))
    }
    text.begin(
      "topup_books_compared_timestamp_seconds", "When the books were compared last.",
      type: "gauge")
    for scope in Reconciliation.Scope.allCases {
      guard let result = last[scope] else { continue }
      text.add(
        "topup_books_compared_timestamp_seconds", [("scope", scope.rawValue)],
        UInt64(max(0, result.ended.seconds)))
    }
    text.begin(
      "topup_books_comparisons_failed_total", "Comparisons that the schedule could not make.",
      type: "counter")
    text.add("topup_books_comparisons_failed_total", [], failures)
  }
}
