/// What of a charge a delivery pays for, in minor units: what became tokens, and the fee and tax on it.
package struct Settlement: Sendable, Hashable {
  package var delivered: Int64
  package var fee: Int64
  package var tax: Int64

  package var sum: Int64 { delivered + fee + tax }
}

extension DepositOrder {
  /// Tokens that left the ramp for the owner: those on the account, and the one that opened the
  /// owner's wallet (facts/domain §3, the skim).
  package var settledTokens: Planck {
    guard let seen else { return .zero }
    let skim = seen.existentialSkim ? Planck.cere.units : 0
    return Planck(min(quote.tokens.units, seen.credited.units.clampedSum(skim)))
  }

  /// Of a delivery, the tokens that it lacks.
  package var missingTokens: Planck { Planck(quote.tokens.units - settledTokens.units) }

  /// Whether it has ended with less than was ordered, in a finalized block.
  package var isPart: Bool { phase == .completed && seen != nil && missingTokens > .zero }
}

extension TopUp {
  /// Orders of one top-up that may deliver a part each; what the last of them lacks is given back.
  static let partsMax = 3
  /// Orders of one top-up that the ramp may return.
  static let returnsMax = 2

  /// What deliveries have paid for so far.
  package var settled: Int64 { books.delivered + books.fee + books.tax }

  /// What is still to be ordered for, as no order was, or after a delivery in part; minor units.
  package var toOrder: Money {
    Money(minorUnits: amount.minorUnits - debtPart - settled, amount.currency)
  }

  /// What the last delivery in part lacks, for which another order may follow; nil where there was
  /// none.
  package var missingTokens: Planck? { orders.last(where: \.isPart)?.missingTokens }

  /// What an order's delivery pays for: of one in part the delivered share of its gross, rounded
  /// down, so that all of the undelivered share is given back (facts/domain §9).
  func settlement(of order: DepositOrder) -> Settlement {
    func share(_ sum: Int64) -> Int64 {
      PartialDelivery.worth(
        of: sum, ordered: order.quote.tokens, delivered: order.settledTokens)
    }
    let gross = share(order.quote.gross.minorUnits)
    let taxed = min(share(tax - books.tax), gross)
    let fee = min(share(order.quote.fee.minorUnits), gross - taxed)
    return Settlement(delivered: gross - taxed - fee, fee: fee, tax: taxed)
  }

  /// What is held becomes what was bought, fee and tax: the fiat side of a delivery, each account
  /// once.
  func postings(of settlement: Settlement) -> [Posting] {
    // So little that it is worth no unit.
    guard settlement.sum > 0 else { return [] }
    let currency = amount.currency
    let credited: [(LedgerAccount, Int64)] = [
      (.conversionFiat(currency), settlement.delivered), (.feeIncome(currency), settlement.fee),
      (.taxOwed(currency), settlement.tax),
    ]
    return [Posting(.held(account, currency), Int128(settlement.sum))]
      + credited.filter { $0.1 > 0 }.map { Posting($0.0, -Int128($0.1)) }
  }

  /// Takes a delivery into the books.
  ///
  /// - Returns: what it moves in fiat; others may have taken back meanwhile what was held for it.
  mutating func settle(_ settlement: Settlement) -> [Posting] {
    let shortfall = coverShortfall(of: settlement.sum)
    books.held -= settlement.sum
    books.delivered += settlement.delivered
    books.fee += settlement.fee
    books.tax += settlement.tax
    return shortfall + postings(of: settlement)
  }

  /// What a delivery in part leaves: by the rule another order for the rest, or the rest given back,
  /// never both.
  func afterPart(_ cause: String, _ now: UnixTime) -> Step {
    guard books.held > 0 else {
      // Others took back what was left for the rest.
      var topUp = moved(to: reversed > 0 ? .reversed : .credited, now)
      topUp.nextCheck = nil
      return Step(topUp, cause)
    }
    guard remainder == .reorder, !isWantedBack, orders.count(where: \.isPart) < Self.partsMax
    else { return refunding(moved(to: .refunding, now), cause, now) }
    return Step(moved(to: .charged, now), "\(cause): ordering the rest")
  }

  /// The ramp took the order, and gave it back: another follows, and then the refund.
  func returned(_ order: DepositOrder, _ seen: RampOrder, _ now: UnixTime) -> Step {
    var order = order
    let isGivenBack = state == .orderCancelling || isWantedBack
    order.phase = .dead
    let returns = orders.count { $0.seen?.state == .returned && $0.number != order.number } + 1
    if isGivenBack || returns >= Self.returnsMax {
      return refunding(
        with(order, .refunding, now), "the ramp returned \(returns) of its orders", now)
    }
    return Step(another(after: order, now), "the ramp returned the order: another quote")
  }
}
