internal import StrictJSON
package import TopUpCore

/// Charges, in two steps (invariant 13).
extension StripeClient {
  package func createIntent(_ request: CreateIntent) async -> OutsideResult<IntentSnapshot> {
    var form = StripeForm()
    form.add("amount", value: .integer(request.amount.minorUnits))
    form.add("currency", value: .text(request.amount.currency.code.lowercased()))
    form.add("customer", value: .text(request.customer.rawValue))
    form.add("payment_method", value: .text(request.paymentMethod.rawValue))
    form.add("allowed_payment_method_types", value: .list(["card"]))
    form.add("description", value: .filled(request.description))
    form.add("metadata", StripeMetadata.topUp, value: .text(request.topUp.rawValue))
    form.add("metadata", StripeMetadata.attempt, value: .integer(Int64(request.attempt)))
    let store = configuration.storeID.isEmpty ? nil : StripeForm.Value.text(configuration.storeID)
    form.add("metadata", StripeMetadata.store, value: store)
    // No `confirm`: until the intent's id is committed, nothing may move.
    return await intent(.post("payment_intents", key: request.key, form: form))
  }

  package func confirmIntent(_ request: ConfirmIntent) async -> OutsideResult<IntentSnapshot> {
    var form = StripeForm()
    form.add("payment_method", value: .text(request.paymentMethod.rawValue))
    form.add("amount_to_confirm", value: .integer(request.amount.minorUnits))
    if request.offSession {
      form.add("off_session", value: .flag(true))
      // A demand for authentication then comes as a decline, with nobody there to meet it.
      form.add("error_on_requires_action", value: .flag(true))
    }
    return await intent(
      .post(
        "payment_intents", request.intent.rawValue, "confirm", key: request.key, form: form),
      is: request.intent)
  }

  package func cancelIntent(
    _ id: PaymentIntentID, key: IdempotencyKey
  ) async -> OutsideResult<IntentSnapshot> {
    var form = StripeForm()
    form.add("cancellation_reason", value: "abandoned")
    var isReplayed = false
    let seen = await intent(
      .post("payment_intents", id.rawValue, "cancel", key: key, form: form), is: id,
      heard: { isReplayed = $0.header("idempotent-replayed") == "true" })
    guard isReplayed else { return seen }
    if case .answered(let snapshot) = seen, snapshot.status == .canceled { return seen }
    // What was answered to the first request under this key says nothing of now.
    return await intent(id)
  }

  /// An intent as it is now.
  ///
  /// - Returns: refused as ``Refusal/isNotOurs`` for an intent of somebody else's on the same
  ///   account that cannot be read here, such as one in a currency that is not charged in.
  package func intent(_ id: PaymentIntentID) async -> OutsideResult<IntentSnapshot> {
    var isNotOurs = false
    let seen = await intent(.get("payment_intents", id.rawValue), is: id) { json in
      isNotOurs = json.isStranger(id)
    }
    guard isNotOurs, case .unknown(let reason) = seen else { return seen }
    return .refused(Refusal(.notFound, code: Refusal.notOursCode, message: reason))
  }

  package func intents(
    of customer: CustomerID, since: UnixTime
  ) async -> OutsideResult<[IntentSnapshot]> {
    var form = StripeForm()
    form.add("customer", value: .text(customer.rawValue))
    form.add("created", "gte", value: .integer(max(0, since.seconds)))
    form.add("expand", value: .list(["data.latest_charge", "data.customer"]))
    return await all(.get("payment_intents", form: form), listed)
  }

  package func intents(
    since: UnixTime, after: String?
  ) async -> OutsideResult<OutsidePage<IntentSnapshot>> {
    var form = StripeForm()
    form.add("created", "gte", value: .integer(max(0, since.seconds)))
    form.add("expand", value: .list(["data.latest_charge", "data.customer"]))
    return await page(.get("payment_intents", form: form), after: after, listed)
  }

  /// Somebody else's intent, in a currency of theirs, is no reason to be blind for our own.
  private func listed(_ json: JSON) throws(Unreadable) -> IntentSnapshot? {
    do throws(Unreadable) {
      return try reader.intent(json)
    } catch {
      if json["metadata"]?[StripeMetadata.topUp] == nil { return nil }
      throw error
    }
  }

  /// A call that answers with an intent, also when it fails: a decline, or a state in which what
  /// was asked cannot be done, is seen on the intent itself.
  ///
  /// - Parameters:
  ///   - id: whose intent it must be.
  ///   - look: is shown what is to be read.
  ///   - heard: is shown the response before that.
  private func intent(
    _ request: StripeRequest, is id: PaymentIntentID? = nil, look: (JSON) -> Void = { _ in },
    heard: (HTTPResponse) -> Void = { _ in }
  ) async -> OutsideResult<IntentSnapshot> {
    var request = request
    request.form.add("expand", value: .list(["latest_charge", "customer"]))
    func read(_ json: JSON) throws(Unreadable) -> IntentSnapshot {
      look(json)
      let snapshot = try reader.intent(json)
      if let id, snapshot.id != id { throw Unreadable("another payment_intent") }
      return snapshot
    }
    return await call(request, read, heard: heard) { error, refusal throws(Unreadable) in
      guard error.isDecline || error.isUnexpectedIntentState else { return .refused(refusal) }
      guard let json = error.paymentIntent else {
        // A card was tried, and how it left the intent is not told: that is for asking.
        return error.isDecline ? .unknown("a decline without its intent") : .refused(refusal)
      }
      var snapshot = try read(json)
      if error.isDecline, snapshot.lastError == nil { snapshot.lastError = error.decline }
      return .answered(snapshot)
    }
  }
}

extension JSON {
  /// Whether this is that intent, and another product's on the same account: its metadata, which
  /// every intent has, does not name a top-up.
  fileprivate func isStranger(_ id: PaymentIntentID) -> Bool {
    self["object"]?.string == "payment_intent" && self["id"]?.string == id.rawValue
      && self["metadata"]?.object != nil && self["metadata"]?[StripeMetadata.topUp] == nil
  }
}
