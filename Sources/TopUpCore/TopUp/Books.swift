/// What became of a top-up's money, in minor units of its currency.
///
/// Always, all terms at least zero (invariant 24):
/// `charged + absorbed = delivered + fee + tax + repaid + refunded + disputed + held + lost`.
package struct Books: Sendable, Hashable {
  /// Taken from the card.
  package var charged: Int64 = 0
  /// Paid by us: what was taken back after it had been delivered, and what an operator decided.
  package var absorbed: Int64 = 0
  /// Turned into tokens or credits that reached the account.
  package var delivered: Int64 = 0
  package var fee: Int64 = 0
  package var tax: Int64 = 0
  /// Of what the account owed already.
  package var repaid: Int64 = 0
  package var refunded: Int64 = 0
  package var disputed: Int64 = 0
  /// Taken, and not yet turned into anything.
  package var held: Int64 = 0
  package var lost: Int64 = 0

  package init() {}

  /// Whether the terms balance and none is negative.
  package var balance: Bool {
    // What a damaged row says may be any number.
    let uses = [delivered, fee, tax, repaid, refunded, disputed, held, lost]
    return ([charged, absorbed] + uses).allSatisfy { $0 >= 0 }
      && Int128(charged) + Int128(absorbed) == uses.reduce(Int128(0)) { $0 + Int128($1) }
  }
}
