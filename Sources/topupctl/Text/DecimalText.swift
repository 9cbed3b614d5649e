/// Decimal text read exactly, digit by digit: no float ever holds an amount (invariant 23).
enum DecimalText {
  /// Why a text is no amount; the description is for the person who typed it.
  enum Fault: Error, Equatable, CustomStringConvertible {
    case empty
    case negative
    case comma
    case notDigits(String)
    case leadingZero(String)
    case tooManyDecimals(Int, most: Int, unit: String)
    case tooLarge

    var description: String {
      switch self {
      case .empty: "an amount is needed, such as 25.00"
      case .negative: "an amount has no sign"
      case .comma: "write decimals with a point and thousands without a mark, such as 1250.50"
      case .notDigits(let text): "\"\(SafeText.shown(text))\" is no decimal number such as 25.00"
      case .leadingZero(let text): "\"\(text)\" begins with a zero too many"
      case .tooManyDecimals(let count, let most, let unit):
        most == 0
          ? "\(unit) has no decimals; this has \(count)"
          : "\(unit) has at most \(most) decimals; this has \(count)"
      case .tooLarge: "the amount is too large"
      }
    }
  }

  /// - Parameters:
  ///   - text: digits, with at most one point between two of them.
  ///   - exponent: decimals of the unit: the result counts units of 10^-exponent.
  ///   - unit: its name, for the fault.
  static func units(_ text: some StringProtocol, exponent: Int, unit: String) throws(Fault)
    -> Int128
  {
    guard !text.isEmpty else { throw .empty }
    guard !text.hasPrefix("-"), !text.hasPrefix("+") else { throw .negative }
    guard !text.contains(",") else { throw .comma }
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    for part in parts where part.isEmpty || !part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      throw .notDigits(String(text))
    }
    let fraction = parts.count == 2 ? parts[1] : ""
    guard parts[0].count == 1 || !parts[0].hasPrefix("0") else { throw .leadingZero(String(text)) }
    guard fraction.count <= exponent else {
      throw .tooManyDecimals(fraction.count, most: exponent, unit: unit)
    }
    let zeros = String(repeating: "0", count: exponent - fraction.count)
    guard let units = Int128("\(parts[0])\(fraction)\(zeros)") else { throw .tooLarge }
    return units
  }
}
