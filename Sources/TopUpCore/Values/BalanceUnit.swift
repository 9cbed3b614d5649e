/// What an account's balance is counted in.
package enum BalanceUnit: Sendable, Hashable {
  /// Planck, told in CERE.
  case cere
  /// The tenant's smallest unit.
  case credits

  /// For people.
  package func text(_ units: Int128) -> String {
    switch self {
    case .cere: Planck.text(units)
    case .credits: "\(units) credits"
    }
  }
}

extension AccountKey {
  package var unit: BalanceUnit {
    switch self {
    case .ddc: .cere
    case .credits: .credits
    }
  }
}
