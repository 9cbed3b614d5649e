/// What the card processor makes of a charge's risk.
package enum RiskLevel: String, Sendable, Hashable, CaseIterable {
  /// Nothing was assessed, or nothing was found.
  case normal
  case elevated
  case highest

  /// - Parameter name: the processor's word. One that this version does not know, and an assessment
  ///   that failed, count as elevated: the deposit cannot be undone.
  package init(processor name: String) {
    switch name {
    case "normal", "not_assessed": self = .normal
    case "highest": self = .highest
    default: self = .elevated
    }
  }

  private var rank: Int {
    switch self {
    case .normal: 0
    case .elevated: 1
    case .highest: 2
    }
  }
}

extension RiskLevel: Comparable {
  package static func < (one: RiskLevel, other: RiskLevel) -> Bool { one.rank < other.rank }
}
