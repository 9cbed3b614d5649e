/// Which charges wait before their deposit, and how long.
package struct HoldRule: Sendable, Hashable {
  /// How old the card's first charge must be; nil for the service's own span.
  package var newCard: Duration?
  /// The least risk that is held, by the processor's word; nil where none is.
  package var risk: RiskLevel?
  /// How long a risky charge is held; nil until a person decides.
  package var riskSpan: Duration?

  package init(newCard: Duration? = nil, risk: RiskLevel? = .elevated, riskSpan: Duration? = nil) {
    self.newCard = newCard
    self.risk = risk
    self.riskSpan = riskSpan
  }

  /// No span may be longer: a charge is disputed for months, and nobody waits for months.
  package static let spanMax = Duration.seconds(30 * 86_400)

  /// Nothing waits.
  package static let none = HoldRule(newCard: .zero, risk: nil)

  /// Whether a clock decides when something goes on.
  package var isTimed: Bool { newCard ?? .zero > .zero || (risk != nil && riskSpan != nil) }

  /// The rule with nothing left open.
  ///
  /// - Parameter newCard: the service's span for new cards.
  package func resolved(newCard span: Duration) -> HoldRule {
    var rule = self
    rule.newCard = newCard ?? span
    return rule
  }
}
