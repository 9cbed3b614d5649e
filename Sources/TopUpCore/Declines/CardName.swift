/// What a person calls a card, such as `Visa card ending in 4242`.
enum CardName {
  /// - Parameters:
  ///   - brand: the processor's word, such as `visa`; one that is not known is left out.
  ///   - last4: left out unless it is four digits.
  static func text(brand: String?, last4: String?) -> String {
    let name = brand.flatMap { brands[$0] }.map { $0 + " card" } ?? "card"
    guard let last4, last4.utf8.count == 4,
      last4.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return name }
    return "\(name) ending in \(last4)"
  }

  private static let brands = [
    "amex": "American Express", "cartes_bancaires": "Cartes Bancaires", "diners": "Diners Club",
    "discover": "Discover", "eftpos_au": "eftpos", "jcb": "JCB", "mastercard": "Mastercard",
    "unionpay": "UnionPay", "visa": "Visa",
  ]
}
