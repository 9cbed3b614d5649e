internal import TopUpAPI

/// Stored cards and the payer's consent on a person's screen.
enum PaymentMethodView {
  static func table(_ methods: [PaymentMethod], time: TimeText = .local) -> Table {
    var table = Table("CARD", "BRAND", "LAST4", "EXPIRES", "FUNDING", "COUNTRY", "ADDED", "NOTE")
    for method in methods {
      let isRefused = method.breaker?.open == true
      let note = isRefused ? "refused: \(method.breaker?.reason ?? "")" : ""
      table.add(
        Cell(method.id), Cell(method.brand), Cell(method.last4), Cell(expiry(method)),
        Cell(method.funding), Cell(method.country), Cell(time.moment(method.addedAt)),
        isRefused ? Cell(note, .bad) : Cell(method.isDefault ? "default" : "", .good))
    }
    return table
  }

  private static func expiry(_ method: PaymentMethod) -> String {
    guard method.expiryMonth > 0 else { return "" }
    return "\(method.expiryMonth < 10 ? "0" : "")\(method.expiryMonth)/\(method.expiryYear)"
  }

  static func text(_ consent: Consent, time: TimeText = .local) -> String {
    let bounds = [
      ("at most", consent.maxPerCharge, "a charge"), ("at most", consent.maxPerMonth, "a month"),
    ].compactMap { words, money, each in money.map { "\(words) \(MoneyText.text($0)) \(each)" } }
    let agreed = consent.agreedAt.map { "agreed \(time.moment($0))" }
    return ([consent.textVersion] + [agreed].compactMap { $0 } + bounds).joined(separator: ", ")
  }
}
