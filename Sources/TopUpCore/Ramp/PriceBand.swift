/// The price that quotes are held against, in one currency: one version of it, which never changes.
package struct AcceptedPrice: Sendable, Hashable {
  package var currency: Currency
  /// Nano-units of the currency for one CERE.
  package var rateNano: Int64
  package var accepted: UnixTime
  /// A person, or the service itself.
  package var actor: String
  package var reason: String
  package var version: Int64

  package init(
    currency: Currency, rateNano: Int64, accepted: UnixTime, actor: String, reason: String,
    version: Int64
  ) {
    self.currency = currency
    self.rateNano = rateNano
    self.accepted = accepted
    self.actor = actor
    self.reason = reason
    self.version = version
  }

  /// For people, such as `0.00125 USD`.
  package static func text(_ rateNano: Int64, _ currency: Currency) -> String {
    Decimal.text(Int128(rateNano), exponent: 9, trimming: true) + " " + currency.code
  }
}

/// How far a quote's price may be from the one that was accepted last before it charges nobody.
///
/// - A top-up's price becomes the accepted one, unless the present one is younger than an hour: so
///   the price may creep by one band an hour at most, however many top-ups there are.
/// - For each whole day that the accepted price is old the band is wider by itself once more, up to
///   90 per cent: a market that nobody bought in for a week has moved, a price ten times off is a
///   mistake whenever it comes.
/// - The first price in a currency has nothing to be held against and is accepted; an operator may
///   accept one before anybody is charged.
package struct PriceBand: Sendable, Hashable {
  package static let percents: ClosedRange<Int64> = 1...90
  package static let standard = PriceBand(percent: 20)
  /// How long an accepted price stands before a top-up's replaces it.
  package static let referenceSpan = Duration.seconds(3_600)

  /// Of the accepted price, either way.
  package let percent: Int64

  /// - Parameter percent: brought into ``percents``.
  package init(percent: Int64) {
    self.percent = min(max(percent, Self.percents.lowerBound), Self.percents.upperBound)
  }

  /// The band around a price of some age; a clock that was set back makes none narrower.
  package func percent(around price: AcceptedPrice, at now: UnixTime) -> Int64 {
    let days = max(0, now.since(price.accepted).components.seconds / 86_400)
    let most = Self.percents.upperBound
    return days >= most ? most : min(percent * (1 + days), most)
  }

  /// Why a price charges nobody; nil when it may.
  package func objection(
    to rateNano: Int64, against price: AcceptedPrice, at now: UnixTime
  ) -> PriceObjection? {
    let allowed = percent(around: price, at: now)
    let objection = PriceObjection(rateNano: rateNano, price: price, percentMax: allowed)
    return objection.distance > (Int128(allowed) * Int128(price.rateNano)).magnitude
      ? objection : nil
  }

  /// Whether a price that is charged becomes the one that later ones are held against.
  package func replaces(_ price: AcceptedPrice?, at now: UnixTime) -> Bool {
    guard let price else { return true }
    return now.since(price.accepted) >= Self.referenceSpan
  }
}

/// Why a price charges nobody, with the figures.
package struct PriceObjection: Sendable, Hashable, CustomStringConvertible {
  /// What is offered.
  package var rateNano: Int64
  /// What it is held against.
  package var price: AcceptedPrice
  package var percentMax: Int64

  package init(rateNano: Int64, price: AcceptedPrice, percentMax: Int64) {
    self.rateNano = rateNano
    self.price = price
    self.percentMax = percentMax
  }

  /// How far it is off, in hundredths of the nano-unit.
  fileprivate var distance: UInt128 { (Int128(rateNano) - Int128(price.rateNano)).magnitude * 100 }

  package var description: String {
    let off = distance / UInt128(max(price.rateNano, 1))
    return "1 CERE is offered at \(AcceptedPrice.text(rateNano, price.currency)), \(off) % off the "
      + "\(AcceptedPrice.text(price.rateNano, price.currency)) accepted at \(price.accepted); "
      + "at most \(percentMax) % is charged by itself"
  }
}
