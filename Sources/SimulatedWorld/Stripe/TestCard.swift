import TopUpCore

/// A test card: what it is, and what Stripe does with it (Stripe docs, "Testing").
struct TestCard: Hashable, Sendable {
  /// When the issuer asks for 3-D Secure.
  enum Authentication: Hashable {
    case never
    case always
    /// Off-session payments pass once the card was set up for them.
    case unlessSetUp
    /// Only when the person is there: the set-up counts as done.
    case onSession
  }

  /// What follows a success.
  enum Aftermath: Hashable {
    case nothing
    case disputes([DisputeKind])
    case fraudWarning
    case pendingRefund
    case failingRefund
  }

  enum DisputeKind: String {
    case fraudulent
    case productNotReceived = "product_not_received"
    case inquiry = "general"
  }

  /// `pm_card_` and this names it; nil for a card only a person can type.
  var token: String?
  var number: String
  var brand = "visa"
  var funding = "credit"
  var authentication = Authentication.never
  /// Refusal of each payment, after authentication where that is asked.
  var decline: CardDecline?
  /// Whether saving the card is refused for the same reason.
  var declinesAtAttach = true
  var riskLevel = "normal"
  var aftermath = Aftermath.nothing

  var last4: String { String(number.suffix(4)) }

  /// The same number gives the same value.
  var fingerprint: String {
    String(Hex.text(SHA256.digest(Array("card:\(number)".utf8))).prefix(16))
  }

  static func named(_ token: String) -> TestCard? {
    token.hasPrefix("pm_card_") ? byToken[String(token.dropFirst(8))] : nil
  }

  static func numbered(_ number: String) -> TestCard? { all.first { $0.number == number } }

  /// Whether the last digit agrees with the others (ISO/IEC 7812-1, Annex B).
  static func passesLuhn(_ number: String) -> Bool {
    let digits = number.utf8.map { Int($0) - 0x30 }
    guard (12...19).contains(digits.count), digits.allSatisfy({ (0...9).contains($0) }) else {
      return false
    }
    let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
      let doubled = digit.offset % 2 == 1 ? digit.element * 2 : digit.element
      return sum + (doubled > 9 ? doubled - 9 : doubled)
    }
    return sum % 10 == 0
  }

  private static let byToken: [String: TestCard] = {
    let pairs = all.compactMap { card in card.token.map { ($0, card) } }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()
}
