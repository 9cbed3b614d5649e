package import TopUpCore

/// Turns the fields of a request into values of the core, and gathers every fault on the way, so
/// that a caller mends them all at once.
package struct RequestReader {
  package private(set) var violations: [FieldViolation] = []
  private let networks: SS58.Networks
  private let prices: PriceBook

  /// Longest name of a tenant, user, source or key.
  private static let nameBytesMax = 128

  /// Longest reason or evidence of a person.
  private static let sentenceBytesMax = 500

  /// - Parameter prices: what tiers are named of.
  package init(networks: SS58.Networks, prices: PriceBook = PriceBook()) {
    self.networks = networks
    self.prices = prices
  }

  /// - Throws: ``ServiceError/invalid(_:)`` when there was any fault.
  package func finish() throws(ServiceError) {
    guard violations.isEmpty else { throw .invalid(violations) }
  }

  package mutating func reject(_ violation: FieldViolation) { violations.append(violation) }

  // MARK: Accounts

  /// - Parameter field: its path, made only where there is something to say of it.
  package mutating func owner(
    _ text: String, _ field: @autoclosure () -> String
  ) -> AccountID32? {
    do throws(SS58Error) { return try AccountID32(text: text, accepting: networks) } catch {
      reject(FieldViolation(field(), "\(error)", Self.kind(of: error)))
      return nil
    }
  }

  private static func kind(of error: SS58Error) -> FieldViolation.Kind {
    if case .wrongNetwork = error { .wrongNetwork } else { .malformed }
  }

  package mutating func cluster(
    _ text: String, _ field: @autoclosure () -> String
  ) -> ClusterID? {
    guard let cluster = ClusterID(hex: text) else {
      reject(FieldViolation(field(), "must be 0x and 40 hexadecimal digits"))
      return nil
    }
    return cluster
  }

  package mutating func name(_ text: String, _ field: String) -> String {
    let isPrintable = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    if text.isEmpty || text.utf8.count > Self.nameBytesMax || !isPrintable {
      reject(
        FieldViolation(field, "must be 1 to \(Self.nameBytesMax) bytes of printable text"))
    }
    return text
  }

  /// A caller's own key: printable ASCII, so that it is the same bytes everywhere.
  package mutating func idempotencyKey(_ text: String, _ field: String = "idempotency_key")
    -> String
  {
    let isPrintable = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    if text.isEmpty || text.utf8.count > Self.nameBytesMax || !isPrintable {
      reject(
        FieldViolation(
          field, "is required: 1 to \(Self.nameBytesMax) printable ASCII characters, no blanks"))
    }
    return text
  }

  /// What a person says, to be kept.
  package mutating func sentence(_ text: String, _ field: String) -> String {
    let isPrintable = text.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
    }
    if text.isEmpty || text.utf8.count > Self.sentenceBytesMax || !isPrintable {
      reject(
        FieldViolation(
          field, "is required: 1 to \(Self.sentenceBytesMax) bytes of printable text"))
    }
    return text
  }

  /// An address that is told to the processor alone: of what length RFC 5321 allows.
  package mutating func email(_ text: String, _ field: String) -> String? {
    if text.isEmpty { return nil }
    let bytesMax = 254
    let isPrintable = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    if text.utf8.count > bytesMax || !isPrintable {
      reject(FieldViolation(field, "must be at most \(bytesMax) bytes, and have no blanks"))
    }
    return text
  }

  /// A card's id at the processor; anything that looks like a card number is refused and not
  /// repeated in the answer, for it must not come into any log.
  package mutating func paymentMethod(_ text: String, _ field: String) -> PaymentMethodID? {
    let isID =
      text.hasPrefix("pm_") && text.utf8.count <= 255
      && text.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
          || (byte >= 0x30 && byte <= 0x39)
      }
    guard isID else {
      reject(
        FieldViolation(
          field, "must be the processor's id of a card, pm_…; card numbers are never taken here"))
      return nil
    }
    return PaymentMethodID(text)
  }

  /// The version that a change was made from.
  package mutating func expected(_ version: Int64) {
    if version < 0 {
      reject(FieldViolation("expected_version", "must be zero or above"))
    }
  }

  // MARK: Amounts

  /// An amount that a card may be charged.
  package mutating func charge(minorUnits: Int64, currency: String, _ field: String) -> Money? {
    guard let currency = self.currency(currency, "\(field).currency") else { return nil }
    let amount = Money(minorUnits: minorUnits, currency)
    guard minorUnits > 0 else {
      reject(FieldViolation("\(field).minor_units", "must be above zero", .amountTooSmall))
      return nil
    }
    guard minorUnits >= currency.chargeMinorUnitsMin else {
      let least = Money(minorUnits: currency.chargeMinorUnitsMin, currency)
      reject(
        FieldViolation(
          "\(field).minor_units", "\(amount) is below the least that a card is charged, \(least)",
          .amountTooSmall))
      return nil
    }
    guard minorUnits <= Money.chargeMinorUnitsMax else {
      let most = Money(minorUnits: Money.chargeMinorUnitsMax, currency)
      reject(
        FieldViolation(
          "\(field).minor_units", "\(amount) is above the most that a card is charged, \(most)",
          .amountTooLarge))
      return nil
    }
    return amount
  }

  /// An amount of a charge that is wanted back.
  package mutating func refund(
    minorUnits: Int64, currency: String, _ field: String
  ) -> Money? {
    guard let currency = self.currency(currency, "\(field).currency") else { return nil }
    guard minorUnits > 0 else {
      reject(FieldViolation("\(field).minor_units", "must be above zero", .amountTooSmall))
      return nil
    }
    return Money(minorUnits: minorUnits, currency)
  }

  package mutating func currency(_ code: String, _ field: String) -> Currency? {
    guard code.utf8.count == 3, let currency = Currency(code: code), code == currency.code else {
      let known = Currency.codes.joined(separator: ", ")
      reject(
        FieldViolation(
          field, "\"\(code.cut(toBytes: 16))\" is not a currency charged here; these are: \(known)",
          .unknownCurrency))
      return nil
    }
    return currency
  }

  package func rate(_ currency: Currency, of tenant: String) -> PriceList.Rate? {
    prices.list(of: tenant).rate(currency)
  }

  package func tier(_ name: String, _ currency: Currency, of tenant: String) -> PriceTier? {
    prices.list(of: tenant).tier(name, currency)
  }

  /// A tier of a tenant's list.
  ///
  /// - Parameter code: its currency; may be empty where it is sold in one alone.
  package mutating func tier(
    _ name: String, in code: String, of tenant: String, _ field: String, _ currencyField: String
  ) -> PriceTier? {
    let currency = code.isEmpty ? nil : currency(code, currencyField)
    guard code.isEmpty || currency != nil else { return nil }
    do throws(TierFault) {
      return try prices.list(of: tenant).tier(named: name, in: currency)
    } catch {
      reject(FieldViolation(error.isOfCurrency ? currencyField : field, "\(error)"))
      return nil
    }
  }

  /// Smallest units as decimal digits; an empty text is zero where `isOptional`.
  package mutating func units(
    _ text: String, _ field: String, isOptional: Bool = false
  ) -> Int128? {
    if isOptional, text.isEmpty { return 0 }
    guard let planck = Planck(decimal: text) else {
      reject(
        FieldViolation(
          field, "must be decimal digits without sign, point or leading zeros"))
      return nil
    }
    return planck.units
  }
}
