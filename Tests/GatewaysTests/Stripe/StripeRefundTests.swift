import StrictJSON
import Testing
import TopUpCore

@testable import Gateways

@Suite struct StripeRefundTests {
  let intent = StripeFixtures.intentID
  let refund = RefundSnapshot(
    id: RefundID("re_1"), intent: StripeFixtures.intentID, amount: Money(minorUnits: 1000, .usd),
    status: .pending, failureReason: nil, key: "k:refund")

  @Test func `a refund names its intent, amount and row`() async throws {
    let transport = ScriptedTransport(.json(StripeFixtures.refund()))
    let result = try await StripeFixtures.client(transport).createRefund(
      CreateRefund(
        topUp: TopUpID("tu_1"), intent: intent, amount: Money(minorUnits: 1000, .usd),
        key: "k:refund"))
    #expect(result == .answered(refund))
    let request = try #require(transport.requests.first)
    #expect(request.header("Idempotency-Key") == "k:refund")
    #expect(
      request.form == [
        "payment_intent=pi_1", "amount=1000", "metadata[topup_id]=tu_1",
        "metadata[refund_key]=k%3Arefund",
      ])
  }

  @Test func `an intent's refunds include those made by hand`() async throws {
    let transport = ScriptedTransport(
      StripeFixtures.list([
        StripeFixtures.refund(),
        StripeFixtures.refund([
          "id": "re_2", "metadata": [:], "status": "failed",
          "failure_reason": "lost_or_stolen_card",
        ]),
        StripeFixtures.refund(["id": "re_3", "status": "brand_new"]),
      ]))
    guard
      case .answered(let refunds) = try await StripeFixtures.client(transport).refunds(of: intent)
    else {
      Issue.record("not answered")
      return
    }
    #expect(refunds[0] == refund)
    #expect(refunds[1].key == nil)
    #expect(refunds[1].status == .failed)
    #expect(refunds[1].failureReason == "lost_or_stolen_card")
    #expect(refunds[2].status == .unrecognised("brand_new"))
    #expect(transport.requests[0].query == ["payment_intent=pi_1", "limit=100"])
  }

  @Test(
    arguments: [
      ["payment_intent": "pi_2"], ["payment_intent": nil], ["amount": 0], ["amount": nil],
      ["currency": nil], ["status": nil], ["livemode": true], ["object": "charge"],
    ] as [[String: JSON?]])
  func `a refund that is not ours to read is in doubt`(change: [String: JSON?]) async throws {
    let transport = ScriptedTransport(StripeFixtures.list([StripeFixtures.refund(change)]))
    #expect(
      Answers.isUnknown(try await StripeFixtures.client(transport).refunds(of: intent)))
  }

  @Test func `events are asked for by the types that are taken`() async throws {
    let transport = ScriptedTransport(
      StripeFixtures.list(
        [SampleEvents.intentSucceeded, SampleEvents.chargeRefunded], hasMore: true)
    )
    let result = try await StripeFixtures.client(transport).events(
      since: UnixTime(milliseconds: 5999), after: "evt_0")
    guard case .answered(let page) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(page.hasMore)
    #expect(page.events.map(\.id) == ["evt_3TopUp0001Succ", "evt_3TopUp0001Refd"])
    let query = transport.requests[0].query
    #expect(query.count == 23)
    #expect(query[0] == "types[0]=payment_intent.succeeded")
    // Rounded towards the past: nothing is missed at the edge.
    #expect(query.suffix(3) == ["created[gte]=5", "limit=100", "starting_after=evt_0"])
  }

  @Test func `the list call can ask for every type that is taken`() {
    #expect(Set(StripeEventTypes.taken).count == StripeEventTypes.taken.count)
    #expect(StripeEventTypes.taken.count <= 20)
  }

  @Test func `Stripe's clock is read from any answer`() async throws {
    let date = [HTTPField("date", "Sat, 21 Nov 2026 10:05:06 GMT")]
    let transport = ScriptedTransport(
      .json(200, "{}", date), .json(403, "{}", date), .json(200, "{}"), .notSent("x"), .unknown("y")
    )
    let client = try StripeFixtures.client(transport)
    let time = OutsideResult.answered(UnixTime(seconds: 1_795_255_506))
    #expect(await client.serverTime() == time)
    #expect(await client.serverTime() == time)
    #expect(await client.serverTime() == .unknown("unreadable answer: no usable date"))
    #expect(await client.serverTime() == .notSent("x"))
    #expect(await client.serverTime() == .unknown("y"))
    #expect(transport.requests[0].url == "http://127.0.0.1:1/v1/balance")
  }

  /// What a dispute over 10.00 USD has taken after moves in some currency.
  private func withdrawn(_ moves: [(Int64, String)]) async throws -> Int64? {
    let moves = moves.map { #"{"amount":\#($0.0),"currency":"\#($0.1)","created":1795221906}"# }
    let dispute = """
      {"id":"du_1","object":"dispute","amount":1000,"currency":"usd","livemode":false,
      "payment_intent":"pi_1","status":"needs_response","created":1795221906,
      "balance_transactions":[\(moves.joined(separator: ","))]}
      """
    let client = try StripeFixtures.client(ScriptedTransport(StripeFixtures.list([dispute])))
    guard case .answered(let seen) = await client.disputes(of: intent) else { return nil }
    #expect(seen.first?.withdrawn.currency == .usd && seen.first?.moves == moves.count)
    return seen.first?.withdrawn.minorUnits
  }

  @Test func `a dispute settled in another currency takes what is disputed (invariant 38)`()
    async throws
  {
    #expect(try await withdrawn([]) == 0)
    #expect(try await withdrawn([(-1000, "usd")]) == 1000)
    #expect(try await withdrawn([(-1000, "usd"), (400, "usd")]) == 600)
    #expect(try await withdrawn([(-870, "eur")]) == 1000)
    #expect(try await withdrawn([(-870, "eur"), (870, "eur")]) == 0)
    // The rate moved in between.
    #expect(try await withdrawn([(-870, "eur"), (865, "eur")]) == 0)
    #expect(try await withdrawn([(-870, "eur"), (870, "eur"), (-880, "eur")]) == 1000)
    // A currency that is not charged in is one all the same.
    #expect(try await withdrawn([(-5400, "brl")]) == 1000)
  }
}
