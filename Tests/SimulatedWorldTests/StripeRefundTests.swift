import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct StripeRefundTests {
  @Test func `refunds add up to the charge and not a unit more`() {
    var desk = Desk()
    let intent = desk.paid()
    #expect(desk.post("refunds", "payment_intent=\(intent)&amount=1000").status == 200)
    let over = desk.post("refunds", "payment_intent=\(intent)&amount=1501")
    #expect(over.status == 400)
    #expect(over.param == "amount")
    let rest = desk.post("refunds", "payment_intent=\(intent)")
    #expect(rest.json["amount"]?.int64 == 1500)
    #expect(
      desk.post("refunds", "payment_intent=\(intent)&amount=1").code == "charge_already_refunded")
    let charge = desk.get("charges", "payment_intent=\(intent)").json["data"]?.array?.first
    #expect(charge?["amount_refunded"]?.int64 == 2500)
    #expect(charge?["refunded"] == true)
    let intentAfter = desk.get("payment_intents/\(intent)")
    #expect(intentAfter.intentStatus == "succeeded", "a refund changes no intent")
  }

  @Test func `a refund tells of itself and of its charge`() {
    var desk = Desk()
    let intent = desk.paid()
    _ = desk.eventTypes()
    _ = desk.post("refunds", "payment_intent=\(intent)&amount=1000&metadata[key]=refund:1")
    let events = desk.stripe.takeEvents()
    #expect(events.map(\.type) == ["refund.created", "charge.refunded"])
    #expect(events.last?.json["data"]?["previous_attributes"]?["amount_refunded"]?.int64 == 0)
    #expect(events.first?.json["request"]?["idempotency_key"]?.string?.hasPrefix("auto-") == true)
  }

  @Test func `a pending refund counts at once and succeeds later`() {
    var desk = Desk()
    let intent = desk.paid(card: "pm_card_pendingRefund")
    let refund = desk.post("refunds", "payment_intent=\(intent)&amount=2000")
    #expect(refund.json["status"] == "pending")
    #expect(desk.post("refunds", "payment_intent=\(intent)&amount=501").status == 400)
    desk.wait(.seconds(5))
    #expect(desk.get("refunds/\(refund.id)").json["status"] == "succeeded")
  }

  @Test func `a refund can fail after it succeeded, and the liability is back`() {
    var desk = Desk()
    let intent = desk.paid(card: "pm_card_refundFail")
    let refund = desk.post("refunds", "payment_intent=\(intent)")
    #expect(refund.json["status"] == "succeeded")
    _ = desk.eventTypes()
    desk.wait(.seconds(5))
    #expect(desk.eventTypes().contains("refund.failed"))
    #expect(desk.get("refunds/\(refund.id)").json["status"] == "failed")
    let again = desk.post("refunds", "payment_intent=\(intent)")
    #expect(again.json["amount"]?.int64 == 2500)
  }

  @Test func `what was not paid cannot be refunded`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let intent = desk.intent(customer: customer, card: card).id
    #expect(
      desk.post("refunds", "payment_intent=\(intent)").code == "payment_intent_unexpected_state")
    #expect(desk.post("refunds", "amount=1").code == "parameter_missing")
    #expect(desk.post("refunds", "charge=ch_none").code == "resource_missing")
    #expect(desk.post("refunds", "charge=ch_1&payment_intent=pi_1").status == 400)
  }

  @Test func `refunds are listed by their intent`() {
    var desk = Desk()
    let (first, second) = (desk.paid(), desk.paid())
    let refund = desk.post("refunds", "payment_intent=\(first)&amount=100").id
    _ = desk.post("refunds", "payment_intent=\(second)&amount=100")
    let found = desk.get("refunds", "payment_intent=\(first)").json["data"]?.array
    #expect(found?.compactMap { $0["id"]?.string } == [refund])
  }

  // MARK: Disputes by the bank

  @Test func `a won dispute gives back exactly what was taken`() throws {
    var desk = Desk()
    let intent = desk.paid()
    desk.wait(.seconds(2))
    let before = try desk.stripe.dispute(intent, now: desk.now)
    let id = before["id"]?.string ?? ""
    _ = desk.eventTypes()
    let won = desk.post("disputes/\(id)", "evidence[uncategorized_text]=winning_evidence")
    #expect(won.json["status"] == "won")
    let amounts = won.json["balance_transactions"]?.array?.compactMap { $0["amount"]?.int64 }
    #expect(amounts == [-2500, 2500])
    #expect(
      desk.eventTypes() == [
        "charge.dispute.updated", "charge.dispute.funds_reinstated", "charge.dispute.closed",
      ])
    #expect(desk.post("disputes/\(id)/close").code == "dispute_already_closed")
  }

  @Test func `a lost dispute reinstates nothing`() throws {
    var desk = Desk()
    let intent = desk.paid()
    let id = try desk.stripe.dispute(intent, now: desk.now)["id"]?.string ?? ""
    _ = desk.eventTypes()
    _ = try desk.stripe.decideDispute(id, won: false, now: desk.now)
    #expect(desk.eventTypes() == ["charge.dispute.closed"])
  }

  @Test func `the balance knows fees, refunds and disputes`() throws {
    var desk = Desk()
    let intent = desk.paid(card: "pm_card_bypassPending")
    desk.wait(.seconds(2))
    _ = desk.post("refunds", "payment_intent=\(intent)&amount=500")
    _ = try desk.stripe.dispute(intent, now: desk.now)
    let available = desk.get("balance").json["available"]?.array?.first
    // 2500 less the fee of 103, less 500, less the dispute of 2000 and its fee of 1500.
    let wanted: Int64 = 2500 - 103 - 500 - 2000 - 1500
    let amount: Int64? = available?["amount"]?.int64
    #expect(amount == wanted)
  }
}
