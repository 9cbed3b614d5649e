/// A value that a decision compares; its text is made when it is asked for.
package enum Operand: Sendable, Hashable {
  /// There is none.
  case absent
  /// A word of ours, or a text that another system gave.
  case text(String)
  case count(Int64)
  case tokens(Int128)
  case balance(Int128, BalanceUnit)
  case money(Money)
  /// What is charged, and what of it pays a debt.
  case charge(Money, owed: Money)
  case moment(UnixTime)
  case span(Duration)
  case seconds(Int128)
  case height(UInt64)
  /// A position of the ledger.
  case entry(UInt64)
  /// What a top-up takes, and how long before the balance is empty it should be there.
  case arrival(LeadTime, margin: Duration)
  /// Nano-units of the currency for one CERE.
  case price(Int64, Currency)
  indirect case band(AcceptedPrice, percent: Int64)
  /// What a window has seen, the amount in question included.
  indirect case use(CapWindow, Money)
  indirect case cap(Policy.Cap, Currency)
}

extension Operand: CustomStringConvertible {
  package var description: String {
    switch self {
    case .absent: ""
    case .text(let text): text
    case .count(let count): "\(count)"
    case .tokens(let units): Planck.text(units)
    case .balance(let units, let unit): unit.text(units)
    case .money(let money): "\(money)"
    case .charge(let charge, let owed): "\(charge), of which \(owed) pay a debt"
    case .moment(let moment): "\(moment)"
    case .span(let span): "\(span.components.seconds) s"
    case .seconds(let seconds): "\(seconds) s"
    case .height(let height): "block \(height)"
    case .entry(let position): "entry \(position)"
    case .arrival(let leadTime, let margin):
      "\(leadTime.seconds(with: margin)) s: a top-up takes \(leadTime), and "
        + "\(margin.components.seconds) s before empty"
    case .price(let rateNano, let currency): AcceptedPrice.text(rateNano, currency)
    case .band(let price, let percent):
      "\(AcceptedPrice.text(price.rateNano, price.currency)) ± \(percent) %"
    case .use(let window, let amount): Self.text(of: window, with: amount)
    case .cap(let cap, let currency): Self.text(of: cap, currency)
    }
  }

  private static func text(of window: CapWindow, with amount: Money) -> String {
    let spent = Int128(window.usedMinorUnits) + Int128(amount.minorUnits)
    let money = Decimal.text(spent, exponent: amount.currency.exponent, trimming: false)
    return "\(Int128(window.usedCount) + 1) top-ups, \(money) \(amount.currency.code)"
  }

  private static func text(of cap: Policy.Cap, _ currency: Currency) -> String {
    let bounds = [
      cap.count.map { "\($0) top-ups" },
      cap.minorUnits.map { "\(Money(minorUnits: $0, currency))" },
    ].compactMap(\.self)
    return bounds.isEmpty ? "no cap" : bounds.joined(separator: ", ")
  }
}
