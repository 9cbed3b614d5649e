import Testing
import TopUpAPI

@testable import topupctl

@Suite struct MoneyTextTests {
  @Test(arguments: [
    ("25.00 USD", 2_500, "USD"), ("25 USD", 2_500, "USD"), ("25.5 USD", 2_550, "USD"),
    ("25.00USD", 2_500, "USD"), ("0.01 eur", 1, "EUR"), ("0 CHF", 0, "CHF"),
    ("1500 JPY", 1_500, "JPY"), ("92233720368547758.07 USD", Int64.max, "USD"),
  ])
  func `an amount with its currency is read exactly`(
    text: String, minorUnits: Int64, currency: String
  ) throws {
    #expect(try MoneyText.money(text) == Money(minorUnits: minorUnits, currency: currency))
  }

  @Test(arguments: [
    ("25.00", MoneyText.Fault.noCurrency), ("", .noCurrency),
    ("25.00 XYZ", .unknownCurrency("XYZ")), ("25.00 US", .unknownCurrency("US")),
    ("25,00 USD", .amount(.comma)), ("1,250.00 USD", .amount(.comma)),
    ("-25.00 USD", .amount(.negative)), ("+1 USD", .amount(.negative)),
    (" USD", .amount(.empty)), ("USD", .amount(.empty)),
    ("25.005 USD", .amount(.tooManyDecimals(3, most: 2, unit: "USD"))),
    ("1.0 JPY", .amount(.tooManyDecimals(1, most: 0, unit: "JPY"))),
    (".50 USD", .amount(.notDigits(".50"))), ("25. USD", .amount(.notDigits("25."))),
    ("1.2.3 USD", .amount(.notDigits("1.2.3"))), ("٢٥ USD", .amount(.notDigits("٢٥"))),
    ("007 USD", .amount(.leadingZero("007"))),
    ("92233720368547758.08 USD", .amount(.tooLarge)),
    ("99999999999999999999999999999999999999999 USD", .amount(.tooLarge)),
  ])
  func `what is no amount is refused with its reason`(text: String, fault: MoneyText.Fault) {
    #expect(throws: fault) { try MoneyText.money(text) }
  }

  @Test func `an exponent is not read as a currency charged here`() {
    #expect(throws: MoneyText.Fault.unknownCurrency("E3 USD")) { try MoneyText.money("1e3 USD") }
  }

  @Test func `a number alone takes the currency that is given`() throws {
    #expect(try MoneyText.money("100.00", in: "EUR") == Money(minorUnits: 10_000, currency: "EUR"))
  }

  @Test func `a currency in the text wins over the one that is given`() throws {
    #expect(try MoneyText.money("1 USD", in: "EUR") == Money(minorUnits: 100, currency: "USD"))
  }

  @Test(arguments: [
    (2_500, "USD", "25.00 USD"), (5, "USD", "0.05 USD"), (1_500, "JPY", "1500 JPY"),
    (0, "EUR", "0.00 EUR"), (77, "XTS", "77 minor units of XTS"),
  ])
  func `money is shown with its currency`(minorUnits: Int64, currency: String, text: String) {
    #expect(MoneyText.text(Money(minorUnits: minorUnits, currency: currency)) == text)
  }

  @Test func `no money is shown as nothing`() {
    #expect(MoneyText.text(nil) == "")
  }
}
