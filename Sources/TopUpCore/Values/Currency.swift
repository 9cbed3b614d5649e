/// A currency that the service charges in: an allow-list, not all of ISO 4217.
///
/// One byte, and amounts are nothing but numbers by that: every offer, rule and order carries a few
/// of them, and copying their codes was a third of what a decision cost.
package enum Currency: UInt8, Hashable, Sendable, CaseIterable {
  case usd, eur, gbp, chf, jpy, cad, aud, nzd, sgd, hkd, sek, nok, dkk, pln, czk

  /// - Parameter code: in any case; nil when the service does not charge in it.
  package init?(code: String) {
    guard let currency = Self(exactly: code) ?? Self(exactly: code.uppercased()) else { return nil }
    self = currency
  }

  private init?(exactly code: String) {
    switch code {
    case "USD": self = .usd
    case "EUR": self = .eur
    case "GBP": self = .gbp
    case "CHF": self = .chf
    case "JPY": self = .jpy
    case "CAD": self = .cad
    case "AUD": self = .aud
    case "NZD": self = .nzd
    case "SGD": self = .sgd
    case "HKD": self = .hkd
    case "SEK": self = .sek
    case "NOK": self = .nok
    case "DKK": self = .dkk
    case "PLN": self = .pln
    case "CZK": self = .czk
    default: return nil
    }
  }

  /// Three upper-case letters (ISO 4217).
  package var code: String {
    switch self {
    case .usd: "USD"
    case .eur: "EUR"
    case .gbp: "GBP"
    case .chf: "CHF"
    case .jpy: "JPY"
    case .cad: "CAD"
    case .aud: "AUD"
    case .nzd: "NZD"
    case .sgd: "SGD"
    case .hkd: "HKD"
    case .sek: "SEK"
    case .nok: "NOK"
    case .dkk: "DKK"
    case .pln: "PLN"
    case .czk: "CZK"
    }
  }

  /// Decimal digits of the minor unit: 2 for USD, 0 for JPY.
  package var exponent: Int { self == .jpy ? 0 : 2 }

  /// The least amount a card can be charged, in minor units (Stripe docs, "Minimum amounts").
  package var chargeMinorUnitsMin: Int64 {
    switch self {
    case .usd, .eur, .chf, .jpy, .cad, .aud, .nzd, .sgd: 50
    case .gbp: 30
    case .hkd: 400
    case .sek, .nok: 300
    case .dkk: 250
    case .pln: 200
    case .czk: 1500
    }
  }

  /// The code of every currency the service charges in, in their order.
  package static let codes = allCases.map(\.code).sorted()
}
