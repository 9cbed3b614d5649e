internal import TopUpAPI
internal import TopUpCore

/// Money as people write it, such as `25.00 USD`.
enum MoneyText {
  enum Fault: Error, Equatable, CustomStringConvertible {
    case noCurrency
    case unknownCurrency(String)
    case otherCurrency(String, expected: String)
    case amount(DecimalText.Fault)

    var description: String {
      switch self {
      case .noCurrency: "the currency is missing: write, for example, \"25.00 USD\""
      case .unknownCurrency(let code):
        "\"\(SafeText.shown(code))\" is not a currency charged here; these are: "
          + Currency.codes.joined(separator: ", ")
      case .otherCurrency(let code, let expected): "is in \(code), and should be in \(expected)"
      case .amount(let fault): "\(fault)"
      }
    }
  }

  /// - Parameters:
  ///   - text: a decimal number and a currency's code, with or without a blank between.
  ///   - currency: what a number alone is counted in; nil where the code must be there.
  static func money(_ text: String, in currency: String? = nil) throws(Fault) -> TopUpAPI.Money {
    let number = text.prefix { !$0.isLetter && $0 != " " }
    let rest = text.dropFirst(number.count).drop { $0 == " " }
    let code = rest.isEmpty ? currency : rest.uppercased()
    guard let code else { throw .noCurrency }
    guard let known = Currency(code: code) else { throw .unknownCurrency(code) }
    let units: Int128
    do throws(DecimalText.Fault) {
      units = try DecimalText.units(number, exponent: known.exponent, unit: known.code)
    } catch { throw .amount(error) }
    guard let minorUnits = Int64(exactly: units) else { throw .amount(.tooLarge) }
    return TopUpAPI.Money(minorUnits: minorUnits, currency: known.code)
  }

  /// Money with its currency; empty for none.
  static func text(_ money: TopUpAPI.Money?) -> String {
    money.map { text(Int128($0.minorUnits), $0.currency) } ?? ""
  }

  /// Minor units of a currency that this program does not know stay what they are.
  static func text(_ minorUnits: Int128, _ code: String) -> String {
    guard let currency = Currency(code: code), currency.code == code else {
      return "\(minorUnits) minor units of \(code)"
    }
    let digits = Decimal.text(minorUnits, exponent: currency.exponent, trimming: false)
    return "\(digits) \(code)"
  }
}
