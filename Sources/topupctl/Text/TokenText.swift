internal import TopUpCore

/// What an account holds, as people write it: `12.5 CERE`, `125000000000 planck`, `300 credits`.
enum TokenText {
  /// What an account counts in.
  enum Unit: Sendable, Equatable {
    case cere
    case credits
  }

  enum Fault: Error, Equatable, CustomStringConvertible {
    case wrongUnit(String, expected: Unit)
    case amount(DecimalText.Fault)

    var description: String {
      switch self {
      case .wrongUnit(let unit, .cere):
        "\"\(SafeText.shown(unit))\" is no unit of a DDC account; these are: CERE, planck"
      case .wrongUnit(let unit, .credits):
        "\"\(SafeText.shown(unit))\" is no unit of an account in credits; write \"300 credits\""
      case .amount(let fault): "\(fault)"
      }
    }
  }

  /// The smallest units that a text names: planck, or credits.
  ///
  /// - Parameter text: a number, and a unit after it; without one CERE or credits are meant.
  static func units(_ text: String, _ unit: Unit) throws(Fault) -> String {
    let number = text.prefix { !$0.isLetter && $0 != " " }
    let name = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
    let exponent: Int
    switch (unit, name) {
    case (.cere, ""), (.cere, "cere"): exponent = Planck.exponent
    case (.cere, "planck"): exponent = 0
    case (.credits, ""), (.credits, "credits"), (.credits, "credit"): exponent = 0
    case (.cere, _), (.credits, _): throw .wrongUnit(name, expected: unit)
    }
    do throws(DecimalText.Fault) {
      return String(
        try DecimalText.units(
          number, exponent: exponent, unit: name == "planck" ? "planck" : "\(unit)"))
    } catch { throw .amount(error) }
  }

  /// The smallest units in the unit of people; what is no number stays as it came, and nothing
  /// stays nothing.
  static func text(_ units: String, _ unit: Unit) -> String {
    guard let count = Int128(units) else { return units }
    return switch unit {
    case .cere: Decimal.text(count, exponent: Planck.exponent, trimming: true) + " CERE"
    case .credits: "\(count) credits"
    }
  }

  /// The same without the unit, for other programs. An asset that is not known is counted in its
  /// smallest units.
  static func number(_ amount: Int128, asset: String) -> String {
    if asset == "CERE" { return Decimal.text(amount, exponent: Planck.exponent, trimming: true) }
    guard let currency = Currency(code: asset), currency.code == asset else { return "\(amount)" }
    return Decimal.text(amount, exponent: currency.exponent, trimming: false)
  }

  /// A posting's amount by the name of its asset: a currency, `CERE`, or `credits:<tenant>`.
  static func text(_ amount: Int128, asset: String) -> String {
    if asset == "CERE" { return text(String(amount), .cere) }
    if asset.hasPrefix("credits:") { return text(String(amount), .credits) }
    return MoneyText.text(amount, asset)
  }
}
