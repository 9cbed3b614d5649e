import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

/// Every row of the table of test cards (facts of Stripe's docs, "Testing").
@Suite struct TestCardTests {
  @Test func `each number passes the Luhn check, and none stands twice`() {
    #expect(TestCard.all.allSatisfy { TestCard.passesLuhn($0.number) })
    #expect(Set(TestCard.all.map(\.number)).count == TestCard.all.count)
    #expect(!TestCard.passesLuhn("4242424242424241"))
  }

  @Test(arguments: [
    ("visa", "visa", "4242"), ("visa_debit", "visa", "5556"), ("mastercard", "mastercard", "4444"),
    ("amex", "amex", "0005"), ("bypassPending", "visa", "0077"),
    ("riskLevelElevated", "visa", "9235"), ("createDispute", "visa", "0259"),
    ("pendingRefund", "visa", "7726"), ("refundFail", "visa", "5126"),
  ])
  func `good cards attach and pay`(token: String, brand: String, last4: String) {
    var desk = Desk()
    let (customer, card) = desk.customer(card: "pm_card_\(token)")
    let shown = desk.get("payment_methods/\(card)").json["card"]
    #expect(shown?["brand"]?.string == brand)
    #expect(shown?["last4"]?.string == last4)
    let intent = desk.intent(customer: customer, card: card).id
    #expect(desk.confirm(intent, "off_session=true").intentStatus == "succeeded")
  }

  @Test(arguments: [
    ("visa_chargeDeclined", "card_declined", "generic_decline"),
    ("visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ("chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ("chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ("visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
  ])
  func `declining cards decline at attach and at payment`(
    token: String, code: String, declineCode: String
  ) {
    var desk = Desk()
    let customer = desk.post("customers").id
    let attach = desk.post("payment_methods/pm_card_\(token)/attach", "customer=\(customer)")
    #expect(attach.status == 402)
    #expect(attach.json["error"]?["type"] == "card_error")
    #expect(attach.code == code)
    let intent = desk.intent(customer: customer, card: "pm_card_\(token)").id
    _ = desk.eventTypes()
    let answer = desk.confirm(intent)
    #expect(answer.status == 402)
    #expect(answer.code == code)
    #expect(answer.json["error"]?["decline_code"]?.string == declineCode)
    #expect(answer.intentStatus == "requires_payment_method")
    #expect(desk.eventTypes() == ["charge.failed", "payment_intent.payment_failed"])
    let shown = desk.get("payment_intents/\(intent)")
    #expect(shown.json["last_payment_error"]?["decline_code"]?.string == declineCode)
    #expect(shown.json["payment_method"] == nil)
    #expect(shown.json["amount_received"]?.int64 == 0)
  }

  @Test(arguments: [
    ("chargeCustomerFail", "generic_decline", "issuer_declined"),
    ("radarBlock", "fraudulent", "blocked"), ("riskLevelHighest", "fraudulent", "blocked"),
  ])
  func `cards that attach and decline later`(token: String, declineCode: String, type: String) {
    var desk = Desk()
    let (customer, card) = desk.customer(card: "pm_card_\(token)")
    let intent = desk.intent(customer: customer, card: card).id
    let answer = desk.confirm(intent, "off_session=true&expand[]=latest_charge")
    #expect(answer.status == 402)
    #expect(answer.json["error"]?["decline_code"]?.string == declineCode)
    let charge = answer.json["error"]?["charge"]?.string ?? ""
    #expect(desk.get("charges/\(charge)").json["outcome"]?["type"]?.string == type)
  }

  // MARK: 3-D Secure

  @Test(arguments: [
    // token, off-session without set-up, on-session
    ("authenticationRequiredOnSetup", 402, "requires_action"),
    ("authenticationRequired", 402, "requires_action"),
    ("authenticationRequiredSetupForOffSession", 200, "requires_action"),
    ("threeDSecure2Required", 402, "requires_action"),
    ("authenticationRequiredChargeDeclinedInsufficientFunds", 402, "requires_action"),
    ("threeDSecureRequiredChargeDeclined", 402, "requires_action"),
    ("threeDSecureRequiredProcessingError", 402, "requires_action"),
  ])
  func `cards ask for the person, who is there or is not`(
    token: String, offSession: Int, onSession: String
  ) {
    var desk = Desk()
    let (customer, card) = desk.customer(card: "pm_card_\(token)")
    let away = desk.intent(customer: customer, card: card).id
    let answer = desk.confirm(away, "off_session=true")
    #expect(answer.status == offSession)
    if offSession == 402 {
      #expect(answer.code == "authentication_required")
      #expect(answer.json["error"]?["decline_code"] == "authentication_required")
      #expect(answer.json["error"]?["payment_method"]?["id"]?.string == card)
    }
    let there = desk.intent(customer: customer, card: card).id
    #expect(desk.confirm(there).intentStatus == onSession)
  }

  @Test func `a card set up for it pays without the person`() throws {
    var desk = Desk()
    let customer = desk.post("customers").id
    let setup = desk.post(
      "setup_intents", "customer=\(customer)&allowed_payment_method_types[0]=card&usage=off_session"
    ).id
    let typed = try desk.stripe.typeCard("4000002500003155", for: setup, now: desk.now)
    #expect(typed["status"] == "requires_action")
    let done = try desk.stripe.authenticate(setup, now: desk.now)
    #expect(done["status"] == "succeeded")
    let card = done["payment_method"]?.string ?? ""
    #expect(desk.get("customers/\(customer)/payment_methods/\(card)").status == 200)
    let intent = desk.intent(customer: customer, card: card).id
    #expect(desk.confirm(intent, "off_session=true").intentStatus == "succeeded")
  }

  @Test func `an action can be made an error, and the intent waits for another try`() {
    var desk = Desk()
    let (customer, card) = desk.customer(card: "pm_card_authenticationRequired")
    let intent = desk.intent(customer: customer, card: card).id
    let answer = desk.confirm(intent, "error_on_requires_action=true")
    #expect(answer.status == 402)
    #expect(answer.json["error"]?["decline_code"] == "authentication_not_handled")
    #expect(answer.intentStatus == "requires_payment_method")
  }

  @Test func `the person finishes the same intent that failed without them`() throws {
    var desk = Desk()
    let (customer, card) = desk.customer(card: "pm_card_authenticationRequired")
    let intent = desk.intent(customer: customer, card: card).id
    #expect(desk.confirm(intent, "off_session=true").status == 402)
    _ = desk.eventTypes()
    let done = try desk.stripe.authenticate(intent, now: desk.now)
    #expect(done["status"] == "succeeded")
    #expect(desk.eventTypes() == ["charge.succeeded", "payment_intent.succeeded"])
  }

  @Test func `failed authentication sends the intent back`() throws {
    var desk = Desk()
    let (customer, card) = desk.customer(card: "pm_card_threeDSecure2Required")
    let intent = desk.intent(customer: customer, card: card).id
    #expect(desk.confirm(intent).intentStatus == "requires_action")
    let failed = try desk.stripe.authenticate(intent, succeeds: false, now: desk.now)
    #expect(failed["status"] == "requires_payment_method")
    #expect(failed["last_payment_error"]?["code"] == "payment_intent_authentication_failure")
    #expect(desk.eventTypes().last == "payment_intent.payment_failed")
  }

  @Test(arguments: [
    ("authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
    ("threeDSecureRequiredChargeDeclined", "generic_decline"),
    ("threeDSecureRequiredProcessingError", "processing_error"),
  ])
  func `a card can decline after the person has passed`(token: String, code: String) throws {
    var desk = Desk()
    let (customer, card) = desk.customer(card: "pm_card_\(token)")
    let intent = desk.intent(customer: customer, card: card).id
    _ = desk.confirm(intent)
    let after = try desk.stripe.authenticate(intent, now: desk.now)
    #expect(after["status"] == "requires_payment_method")
    #expect(after["last_payment_error"]?["decline_code"]?.string == code)
  }

  @Test func `nobody can authenticate an intent that asks nothing`() {
    var desk = Desk()
    let paid = desk.paid()
    #expect(throws: SimulatedStripe.PersonError.self) {
      _ = try desk.stripe.authenticate(paid, now: desk.now)
    }
  }

  @Test func `a number that fails its check is no card`() {
    var desk = Desk()
    let setup = desk.post("setup_intents", "allowed_payment_method_types[0]=card").id
    #expect {
      _ = try desk.stripe.typeCard("4242424242424241", for: setup, now: desk.now)
    } throws: { ($0 as? SimulatedStripe.PersonError)?.message.contains("incorrect_number") == true }
  }

  // MARK: What comes after success

  @Test(arguments: [
    ("createDispute", ["fraudulent"]),
    ("createDisputeProductNotReceived", ["product_not_received"]),
    ("createMultipleDisputes", ["fraudulent", "product_not_received"]),
  ])
  func `dispute cards take the money back later`(token: String, reasons: [String]) {
    var desk = Desk()
    let intent = desk.paid(card: "pm_card_\(token)")
    desk.wait(.seconds(5))
    let found = desk.get("disputes", "payment_intent=\(intent)").json["data"]?.array ?? []
    #expect(found.compactMap { $0["reason"]?.string }.reversed() == reasons)
    #expect(found.allSatisfy { $0["balance_transactions"]?.array?.first?["fee"]?.int64 == 1500 })
    #expect(desk.eventTypes().contains("charge.dispute.funds_withdrawn"))
    #expect(desk.post("refunds", "payment_intent=\(intent)").code == "charge_disputed")
  }

  @Test func `an inquiry moves no money and leaves the charge refundable`() {
    var desk = Desk()
    let intent = desk.paid(card: "pm_card_createDisputeInquiry")
    desk.wait(.seconds(5))
    let dispute = desk.get("disputes", "payment_intent=\(intent)").json["data"]?.array?.first
    #expect(dispute?["status"] == "warning_needs_response")
    #expect(dispute?["balance_transactions"]?.array?.isEmpty == true)
    #expect(dispute?["payment_method_details"]?["card"]?["case_type"] == "inquiry")
    #expect(!desk.eventTypes().contains("charge.dispute.funds_withdrawn"))
    #expect(desk.post("refunds", "payment_intent=\(intent)").status == 200)
  }

  @Test func `an early fraud warning is only a warning`() {
    var desk = Desk()
    _ = desk.paid(card: "pm_card_createIssuerFraudRecord")
    desk.wait(.seconds(5))
    #expect(desk.eventTypes().contains("radar.early_fraud_warning.created"))
  }
}
