/// Decisions made again one after the other, and what came out otherwise (invariant 1).
package struct DecisionReplay: Sendable, Hashable {
  /// As many differences as are told; more are counted.
  package static let toldMax = 200

  /// Decided again with the same outcome.
  package private(set) var same: Int64 = 0
  /// All that came out otherwise, or cannot be decided again.
  package private(set) var different: Int64 = 0
  /// The first of these, each with where it stands.
  package private(set) var faults: [StoreFault] = []
  /// The last that was looked at; 0 before the first.
  package private(set) var position: Int64 = 0

  package init() {}

  /// - Parameter decisions: with their records, the oldest first.
  package mutating func replay(_ decisions: [StoredDecision]) {
    for decision in decisions {
      position = decision.position
      guard let difference = decision.difference() else {
        same += 1
        continue
      }
      different += 1
      guard faults.count < Self.toldMax else { continue }
      faults.append(
        StoreFault("decision \(decision.position) on \(decision.account.name)", difference))
    }
  }
}
