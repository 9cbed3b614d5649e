internal import StrictJSON
package import TopUpCore

extension StripeClient: CardProcessor {
  package func createRefund(_ request: CreateRefund) async -> OutsideResult<RefundSnapshot> {
    var form = StripeForm()
    form.add("payment_intent", value: .text(request.intent.rawValue))
    form.add("amount", value: .integer(request.amount.minorUnits))
    form.add("metadata", StripeMetadata.topUp, value: .text(request.topUp.rawValue))
    form.add("metadata", StripeMetadata.refundKey, value: .text(request.key.rawValue))
    return await call(
      .post("refunds", key: request.key, form: form)
    ) { json throws(Unreadable) in
      try refund(json, of: request.intent)
    }
  }

  package func refunds(of intent: PaymentIntentID) async -> OutsideResult<[RefundSnapshot]> {
    var form = StripeForm()
    form.add("payment_intent", value: .text(intent.rawValue))
    return await all(.get("refunds", form: form)) { json throws(Unreadable) in
      try refund(json, of: intent)
    }
  }

  private func refund(
    _ json: JSON, of intent: PaymentIntentID
  ) throws(Unreadable) -> RefundSnapshot {
    let snapshot = try reader.refund(json)
    guard snapshot.intent == intent else { throw Unreadable("a refund of another intent") }
    return snapshot
  }

  package func disputes(of intent: PaymentIntentID) async -> OutsideResult<[DisputeSnapshot]> {
    var form = StripeForm()
    form.add("payment_intent", value: .text(intent.rawValue))
    return await all(.get("disputes", form: form)) { json throws(Unreadable) in
      let snapshot = try reader.dispute(json)
      guard snapshot.intent == intent else { throw Unreadable("a dispute of another intent") }
      return snapshot
    }
  }

  package func reversedIntents(
    by kind: Reversal.Kind, since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<PaymentIntentID>> {
    var form = StripeForm()
    form.add("created", "gte", value: .integer(max(0, since.seconds)))
    let list =
      switch kind {
      case .refund: "refunds"
      case .dispute: "disputes"
      }
    return await page(.get(list, form: form), after: after) { json in
      json.expandableID("payment_intent").map { PaymentIntentID($0) }
    }
  }

  package func movements(
    since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<ProcessorMovement>> {
    var form = StripeForm()
    form.add("created", "gte", value: .integer(max(0, since.seconds)))
    return await page(.get("balance_transactions", form: form), after: after) {
      json throws(Unreadable) in try reader.movement(json)
    }
  }

  /// - Parameter after: the last event of the page before.
  package func events(since: UnixTime, after: String?) async -> OutsideResult<EventPage> {
    var form = StripeForm()
    form.add("types", value: .list(StripeEventTypes.taken))
    form.add("created", "gte", value: .integer(max(0, since.seconds)))
    form.add("limit", value: .integer(Self.pageElementsMax))
    form.add("starting_after", value: after.map { .text($0) })
    return await call(.get("events", form: form)) { json throws(Unreadable) in
      let (elements, hasMore) = try reader.list(json)
      var page = EventPage(events: [], hasMore: hasMore)
      for element in elements {
        do throws(StripeEventError) {
          page.events.append(try StripeEventDecoder.event(element))
        } catch {
          throw Unreadable("an event: \(error)")
        }
      }
      return page
    }
  }
}
