extension TestCard {
  /// Every card of the table in Stripe's docs that a top-up service meets.
  static let all: [TestCard] = plain + declining + authenticating + lateTrouble

  private static let plain: [TestCard] = [
    TestCard(token: "visa", number: "4242424242424242"),
    TestCard(token: "visa_debit", number: "4000056655665556", funding: "debit"),
    TestCard(token: "mastercard", number: "5555555555554444", brand: "mastercard"),
    TestCard(
      token: "mastercard_debit", number: "5200828282828210", brand: "mastercard",
      funding: "debit"),
    TestCard(token: "amex", number: "378282246310005", brand: "amex"),
    TestCard(token: "bypassPending", number: "4000000000000077"),
    TestCard(token: "riskLevelElevated", number: "4000000000009235", riskLevel: "elevated"),
  ]

  private static let declining: [TestCard] = [
    TestCard(
      token: "visa_chargeDeclined", number: "4000000000000002",
      decline: .generic("generic_decline", advice: "try_again_later", network: "05")),
    TestCard(
      token: "visa_chargeDeclinedInsufficientFunds", number: "4000000000009995",
      decline: .insufficientFunds),
    TestCard(
      token: "visa_chargeDeclinedLostCard", number: "4000000000009987",
      decline: .generic("lost_card", advice: "do_not_try_again", network: "41")),
    TestCard(
      token: "visa_chargeDeclinedStolenCard", number: "4000000000009979",
      decline: .generic("stolen_card", advice: "do_not_try_again", network: "43")),
    TestCard(
      token: "chargeDeclinedExpiredCard", number: "4000000000000069",
      decline: .expired),
    TestCard(
      token: "chargeDeclinedIncorrectCvc", number: "4000000000000127",
      decline: CardDecline(
        "incorrect_cvc", "incorrect_cvc", advice: "confirm_card_data",
        "Your card's security code is incorrect.")),
    TestCard(
      token: "chargeDeclinedProcessingError", number: "4000000000000119",
      decline: .processingError),
    TestCard(
      token: "visa_chargeDeclinedVelocityLimitExceeded", number: "4000000000006975",
      decline: CardDecline(
        "card_declined", "card_velocity_exceeded", advice: "try_again_later", network: "65")),
    TestCard(
      token: "chargeCustomerFail", number: "4000000000000341",
      decline: .generic("generic_decline", advice: "try_again_later", network: "05"),
      declinesAtAttach: false),
    TestCard(
      token: "radarBlock", number: "4100000000000019", decline: .blocked,
      declinesAtAttach: false, riskLevel: "highest"),
    TestCard(
      token: "riskLevelHighest", number: "4000000000004954", decline: .blocked,
      declinesAtAttach: false, riskLevel: "highest"),
  ]

  private static let authenticating: [TestCard] = [
    TestCard(
      token: "authenticationRequiredOnSetup", number: "4000002500003155",
      authentication: .unlessSetUp),
    TestCard(
      token: "authenticationRequired", number: "4000002760003184", authentication: .always),
    TestCard(
      token: "authenticationRequiredSetupForOffSession", number: "4000003800000446",
      authentication: .onSession),
    TestCard(
      token: "authenticationRequiredChargeDeclinedInsufficientFunds",
      number: "4000008260003178", authentication: .always, decline: .insufficientFunds,
      declinesAtAttach: false),
    TestCard(
      token: "threeDSecure2Required", number: "4000000000003220", authentication: .always),
    TestCard(
      token: "threeDSecureRequiredChargeDeclined", number: "4000008400001629",
      authentication: .always,
      decline: .generic("generic_decline", advice: nil, network: "05"), declinesAtAttach: false),
    TestCard(
      token: "threeDSecureRequiredProcessingError", number: "4000008400001280",
      authentication: .always, decline: .processingError, declinesAtAttach: false),
  ]

  private static let lateTrouble: [TestCard] = [
    TestCard(
      token: "createDispute", number: "4000000000000259", aftermath: .disputes([.fraudulent])),
    TestCard(
      token: "createDisputeProductNotReceived", number: "4000000000002685",
      aftermath: .disputes([.productNotReceived])),
    TestCard(
      token: "createDisputeInquiry", number: "4000000000001976", aftermath: .disputes([.inquiry])),
    TestCard(
      token: "createMultipleDisputes", number: "4000000404000079",
      aftermath: .disputes([.fraudulent, .productNotReceived])),
    TestCard(
      token: "createIssuerFraudRecord", number: "4000000000005423", aftermath: .fraudWarning),
    TestCard(token: "pendingRefund", number: "4000000000007726", aftermath: .pendingRefund),
    TestCard(token: "refundFail", number: "4000000000005126", aftermath: .failingRefund),
  ]
}
