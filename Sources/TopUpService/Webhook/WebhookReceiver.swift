package import TopUpCore

/// Takes deliveries in: checks, then makes durable, then answers.
///
/// In this order: signature and age, form, mode, type, store. Nothing before the store leaves a
/// trace but a counter (invariant 34), and no 2xx goes out for a handled event that is not
/// durable (invariant 35).
package struct WebhookReceiver: WebhookSink {
  private let verifier: any WebhookVerifier
  private let decoder: any WebhookEventDecoder
  private let inbox: any WebhookInbox
  private let livemode: Bool
  private let handledTypes: Set<String>

  /// - Parameters:
  ///   - livemode: the mode of the service's own keys.
  ///   - handledTypes: the events that mean something here. Genuine ones of other types are
  ///     answered 200, so that they do not come again, and are not stored: an endpoint subscribed
  ///     to too much must not fill the store, and what an event says can be read at the processor.
  package init(
    verifier: any WebhookVerifier, decoder: any WebhookEventDecoder, inbox: any WebhookInbox,
    livemode: Bool, handledTypes: Set<String>
  ) {
    self.verifier = verifier
    self.decoder = decoder
    self.inbox = inbox
    self.livemode = livemode
    self.handledTypes = handledTypes
  }

  package func accept(_ delivery: WebhookDelivery) async -> WebhookAnswer {
    do throws(SignatureFailure) { try verify(delivery) } catch { return .badSignature(error) }
    let event: ProcessorEvent
    do throws(UnsupportedDelivery) {
      event = try decoder.decode(delivery.body)
      guard event.livemode == livemode else { throw .wrongMode }
    } catch { return .unsupported(error) }
    guard handledTypes.contains(event.type) else { return .ignored }
    return await store(event, of: delivery)
  }

  private func verify(_ delivery: WebhookDelivery) throws(SignatureFailure) {
    // Bytes that are no UTF-8 become characters that no signature has.
    let header = delivery.signature.map { String(decoding: $0, as: UTF8.self) }
    try verifier.verify(header: header, body: delivery.body, now: delivery.received)
    // Whatever a verifier says to nothing: it would let anybody in.
    guard header != nil else { throw .missing }
  }

  private func store(_ event: ProcessorEvent, of delivery: WebhookDelivery) async -> WebhookAnswer {
    do throws(StoreError) {
      // Without its body: what an event is about is read again at the processor, and the body holds
      // what finishes a payment (`client_secret`) and who pays.
      let receipt = try await inbox.receive(
        InboxEvent(
          id: event.id, type: event.type, object: event.object, intent: event.intent, body: [],
          received: delivery.received))
      switch receipt {
      case .stored: return .accepted
      case .duplicate: return .duplicate
      }
    } catch {
      // In doubt counts as not stored: the event comes again, and twice is harmless (invariant 36).
      return .storeUnavailable
    }
  }
}
