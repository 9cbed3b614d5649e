import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct StripeEventTests {
  /// A desk with five customers made a second apart, and their events' ids, oldest first.
  private func fiveEvents() -> (Desk, [String]) {
    var desk = Desk()
    var ids: [String] = []
    for _ in 0..<5 {
      _ = desk.post("customers")
      ids += desk.stripe.takeEvents().map(\.id)
      desk.wait(.seconds(1))
    }
    return (desk, ids)
  }

  private func ids(_ answer: Desk.Answer) -> [String] {
    answer.json["data"]?.array?.compactMap { $0["id"]?.string } ?? []
  }

  @Test func `paging towards the past visits each event once`() {
    var (desk, all) = fiveEvents()
    let first = desk.get("events", "limit=2")
    #expect(ids(first) == [all[4], all[3]])
    #expect(first.json["has_more"] == true)
    let second = desk.get("events", "limit=2&starting_after=\(all[3])")
    #expect(ids(second) == [all[2], all[1]])
    let third = desk.get("events", "limit=2&starting_after=\(all[1])")
    #expect(ids(third) == [all[0]])
    #expect(third.json["has_more"] == false)
  }

  @Test func `paging towards the present starts next to the cursor`() {
    var (desk, all) = fiveEvents()
    let page = desk.get("events", "limit=2&ending_before=\(all[1])")
    #expect(ids(page) == [all[3], all[2]])
    #expect(page.json["has_more"] == true)
    #expect(ids(desk.get("events", "ending_before=\(all[4])")).isEmpty)
    #expect(desk.get("events", "ending_before=evt_none").code == "resource_missing")
  }

  @Test func `types and times narrow the list`() {
    var desk = Desk()
    _ = desk.paid()
    let two = desk.get("events", "types[]=payment_intent.succeeded&types[]=customer.created")
    #expect(
      two.json["data"]?.array?.compactMap { $0["type"]?.string }
        == ["payment_intent.succeeded", "customer.created"])
    #expect(ids(desk.get("events", "type=charge.*")).count == 1)
    #expect(desk.get("events", "type=a&types[]=b").status == 400)
    let types = (0..<21).map { "types[\($0)]=a" }.joined(separator: "&")
    #expect(desk.get("events", types).param == "types")
    #expect(ids(desk.get("events", "created[gt]=\(desk.now.seconds)")).isEmpty)
    #expect(ids(desk.get("events", "created[lte]=\(desk.now.seconds)")).isEmpty == false)
  }

  @Test func `events are kept for thirty days`() {
    var (desk, all) = fiveEvents()
    desk.now = Desk.start.advanced(by: .seconds(30 * 86_400 + 2))
    #expect(ids(desk.get("events")) == [all[4], all[3]])
  }

  @Test func `an event holds the object as it was`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    let intent = desk.intent(customer: customer, card: card).id
    let created = desk.stripe.takeEvents().last
    _ = desk.confirm(intent, "off_session=true")
    let shown = desk.get("events/\(created?.id ?? "")")
    #expect(shown.json["data"]?["object"]?["status"] == "requires_confirmation")
    #expect(shown.json["api_version"] == "2026-10-28.endive")
  }

  @Test func `delivery is told apart`() {
    var (desk, all) = fiveEvents()
    desk.stripe.markDelivered(all[2])
    #expect(ids(desk.get("events", "delivery_success=true")) == [all[2]])
    #expect(ids(desk.get("events", "delivery_success=false")).count == 4)
  }

  @Test func `a deleted customer takes the cards along`() {
    var desk = Desk()
    let (customer, card) = desk.customer()
    _ = desk.eventTypes()
    let gone = desk.send(Desk.request(.delete, "customers/\(customer)"))
    #expect(gone.json["deleted"] == true)
    #expect(desk.eventTypes() == ["payment_method.detached", "customer.deleted"])
    #expect(desk.get("customers/\(customer)").json["deleted"] == true)
    #expect(desk.intent(customer: customer, card: card).code == "resource_missing")
  }
}
