import Testing

@testable import topupctl

@Suite struct TokenTextTests {
  @Test(arguments: [
    ("50 CERE", "500000000000"), ("50", "500000000000"), ("12.5 cere", "125000000000"),
    ("0.0000000001 CERE", "1"), ("7 planck", "7"), ("0", "0"), ("2.5CERE", "25000000000"),
  ])
  func `tokens are read as planck exactly`(text: String, planck: String) throws {
    #expect(try TokenText.units(text, .cere) == planck)
  }

  @Test(arguments: [
    ("0.00000000001 CERE", TokenText.Fault.amount(.tooManyDecimals(11, most: 10, unit: "cere"))),
    ("1.5 planck", .amount(.tooManyDecimals(1, most: 0, unit: "planck"))),
    ("50 credits", .wrongUnit("credits", expected: .cere)), ("CERE", .amount(.empty)),
    ("-1 CERE", .amount(.negative)), ("1,5 CERE", .amount(.comma)),
  ])
  func `what is no amount of tokens is refused`(text: String, fault: TokenText.Fault) {
    #expect(throws: fault) { try TokenText.units(text, .cere) }
  }

  @Test func `credits are whole and have their own unit`() throws {
    #expect(try TokenText.units("300 credits", .credits) == "300")
    #expect(try TokenText.units("300", .credits) == "300")
    #expect(throws: TokenText.Fault.wrongUnit("cere", expected: .credits)) {
      try TokenText.units("300 CERE", .credits)
    }
  }

  @Test(arguments: [
    ("125000000000", "12.5 CERE"), ("1", "0.0000000001 CERE"), ("0", "0 CERE"),
    ("-5000000000", "-0.5 CERE"), ("100000000000000000000", "10000000000 CERE"), ("", ""),
    ("soon", "soon"),
  ])
  func `planck are shown as CERE without rounding`(planck: String, text: String) {
    #expect(TokenText.text(planck, .cere) == text)
  }

  @Test(arguments: [
    ("USD", "25.00 USD"), ("CERE", "0.00000025 CERE"), ("credits:console", "2500 credits"),
  ])
  func `a posting is shown in the unit of its asset`(asset: String, text: String) {
    #expect(TokenText.text(2_500, asset: asset) == text)
  }
}
