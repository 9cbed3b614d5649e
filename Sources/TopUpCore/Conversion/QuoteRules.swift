extension Quote {
  /// Why a ramp's quote is not one to charge a card by.
  package enum Fault: Hashable, Sendable {
    /// Its parts are in different currencies.
    case currencies
    /// Gross is not net and fee together, or one of them is out of range.
    case amounts
    /// The rate is no rate.
    case rate
    /// Its tokens are not what net buys at its own rate, rounded down.
    case tokens
    /// It ends before it begins.
    case times
  }

  /// What is wrong with the quote by its own figures; nil when they agree.
  ///
  /// The ramp's fee is its own affair, its arithmetic is not: the ledger posts by these figures.
  package var fault: Fault? {
    guard fee.currency == gross.currency, net.currency == gross.currency else {
      return .currencies
    }
    let (sum, overflow) = net.minorUnits.addingReportingOverflow(fee.minorUnits)
    guard net.minorUnits > 0, fee.minorUnits >= 0, !overflow, sum == gross.minorUnits else {
      return .amounts
    }
    guard let rate = Rate(nanoPerCERE: rateNano, gross.currency) else { return .rate }
    guard tokens > .zero, (try? rate.tokens(for: net)) == tokens else { return .tokens }
    guard created < expires else { return .times }
    return nil
  }

  /// Whether the quote still stands, and will after the time its use takes.
  ///
  /// When it was made is not looked at: the ramp's clock may run a little ahead of ours.
  /// - Parameter margin: how long the charge that it prices may take.
  package func stands(at now: UnixTime, for margin: Duration = .zero) -> Bool {
    now.advanced(by: margin) < expires
  }
}
