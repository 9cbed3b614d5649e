import StrictJSON
import Testing
import TopUpCore

@testable import Gateways

@Suite struct StripeEventDecoderTests {
  struct Sample: CustomTestStringConvertible {
    let body: String
    let event: ProcessorEvent
    var testDescription: String { event.type }
  }

  static let samples: [Sample] = [
    Sample(
      body: SampleEvents.intentSucceeded,
      event: event(
        "evt_3TopUp0001Succ", "payment_intent.succeeded", "pi_3TopUp0001AbCdEf",
        intent: "pi_3TopUp0001AbCdEf")
    ),
    Sample(
      body: SampleEvents.intentFailed,
      event: event(
        "evt_3TopUp0002Fail", "payment_intent.payment_failed", "pi_3TopUp0002AbCdEf",
        intent: "pi_3TopUp0002AbCdEf")
    ),
    Sample(
      body: SampleEvents.setupSucceeded,
      event: event("evt_1TopUpSetup01", "setup_intent.succeeded", "seti_1TopUpSetup01", intent: nil)
    ),
    Sample(
      body: SampleEvents.chargeRefunded,
      event: event(
        "evt_3TopUp0001Refd", "charge.refunded", "ch_3TopUp0001AbCdEf",
        intent: "pi_3TopUp0001AbCdEf")
    ),
    Sample(
      body: SampleEvents.disputeCreated,
      event: event(
        "evt_1TopUpDisp01", "charge.dispute.created", "du_1TopUpDisp01",
        intent: "pi_3TopUp0001AbCdEf")
    ),
  ]

  static func event(
    _ id: String, _ type: String, _ object: String, intent: String?
  ) -> ProcessorEvent {
    ProcessorEvent(
      id: id, type: type, object: object, intent: intent.map { PaymentIntentID($0) },
      created: UnixTime(seconds: 1_795_221_906), livemode: false,
      apiVersion: "2026-10-28.endive")
  }

  func delivery(_ text: String) throws -> StripeDelivery {
    try StripeEventDecoder.delivery(Array(text.utf8))
  }

  @Test(arguments: samples)
  func `an event names its object and the intent it belongs to`(
    sample: Sample
  ) throws {
    #expect(try delivery(sample.body) == .snapshot(sample.event))
  }

  @Test func `the intent is found where it was expanded, and of a refund`() throws {
    let body = #"""
      {"id":"evt_1","object":"event","api_version":null,"created":5,"livemode":true,
      "type":"refund.failed","data":{"object":{"id":"re_1","object":"refund",
      "payment_intent":{"id":"pi_7","object":"payment_intent"}}}}
      """#
    guard case .snapshot(let event) = try delivery(body) else {
      Issue.record("no snapshot")
      return
    }
    #expect(event.intent == PaymentIntentID("pi_7"))
    #expect(event.object == "re_1")
    #expect(event.livemode)
    #expect(event.apiVersion == "")
  }

  @Test func `a thin event is told apart`() throws {
    let body = #"""
      {"id":"evt_2","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered",
      "created":"2026-11-21T10:05:06.000Z","livemode":false,
      "related_object":{"id":"mtr_1","type":"billing.meter","url":"/v1/billing/meters/mtr_1"}}
      """#
    #expect(
      try delivery(body)
        == .thin(id: "evt_2", type: "v1.billing.meter.error_report_triggered"))
  }

  @Test(arguments: ["", "null", "[]", "{", "\u{feff}{}", #"{"object":"event","object":"event"}"#])
  func `a body that is no event is refused`(body: String) {
    #expect(throws: StripeEventError.self) { try delivery(body) }
  }

  @Test(arguments: ["id", "type", "created", "livemode", "data", "object"])
  func `an event without what every event has is refused`(name: String) throws {
    guard case .object(var object) = try JSON(parsing: Array(SampleEvents.chargeRefunded.utf8))
    else { return }
    object[name] = nil
    let body = JSON.object(object).utf8
    #expect(throws: StripeEventError.self) { try StripeEventDecoder.delivery(body) }
    object[name] = ["x": 1]
    let other = JSON.object(object).utf8
    #expect(throws: StripeEventError.self) { try StripeEventDecoder.delivery(other) }
  }

  @Test func `an event of a connected account is refused as such`() {
    let body = #"{"id":"evt_1","object":"event","account":"acct_9"}"#
    #expect(throws: StripeEventError.connectedAccount("acct_9")) { try delivery(body) }
  }
}
