import StrictJSON
import TopUpCore

extension SimulatedStripe {
  /// Does what an endpoint does; whatever comes of it stands for the request's key.
  mutating func execute(
    _ endpoint: StripeEndpoint, _ call: StripeCall
  ) throws(StripeFailure) -> JSON {
    switch endpoint {
    case .createCustomer: return try createCustomer(call)
    case .customer(let id): return try customer(id, evenDeleted: true).json
    case .updateCustomer(let id): return try updateCustomer(id, call)
    case .deleteCustomer(let id): return try deleteCustomer(id, call)
    case .customerMethods(let id): return try listMethods(of: id, call)
    case .customerMethod(let id, let method): return try ownedMethod(method, of: id).json
    case .listMethods: return try listMethods(of: call.parameters.text("customer") ?? "", call)
    case .method(let id): return try method(id).json
    case .updateMethod(let id): return try updateMethod(id, call)
    case .attach(let id): return try attach(id, call)
    case .detach(let id): return try detach(id, call)
    case .createSetupIntent: return try createSetupIntent(call)
    case .setupIntent(let id): return try setup(id).json
    case .confirmSetupIntent(let id): return try confirmSetup(id, call)
    case .cancelSetupIntent(let id): return try cancelSetup(id, call)
    case .createIntent: return try createIntent(call)
    case .intent(let id): return try intent(id).json
    case .updateIntent(let id): return try updateIntent(id, call)
    case .confirmIntent(let id): return try confirm(id, call)
    case .cancelIntent(let id): return try cancelIntent(id, call)
    case .captureIntent(let id): return try capture(id, call)
    case .createRefund: return try createRefund(call)
    case .updateRefund(let id): return try updateRefund(id, call)
    case .updateDispute(let id): return try updateDispute(id, call)
    case .closeDispute(let id): return try acceptDispute(id, call)
    case .charge(let id): return try known("charge", id, charges[id]).json
    case .refund(let id): return try known("refund", id, refunds[id]).json
    case .dispute(let id): return try known("dispute", id, disputes[id]).json
    case .event(let id): return try known("event", id, events[id]).json
    case .balanceTransaction(let id):
      return try known("balance transaction", id, transactions[id]).json
    case .balance: return balance(now: call.now)
    case .listIntents, .listSetupIntents, .listCharges, .listRefunds, .listDisputes, .listEvents,
      .listBalanceTransactions:
      return try list(endpoint, call)
    }
  }

  /// - Throws: `resource_missing` when there is nothing of that id.
  func known<Item>(_ what: String, _ id: String, _ item: Item?) throws(StripeFailure) -> Item {
    guard let item else { throw .missing(what, id) }
    return item
  }

  // MARK: Events

  /// Writes down that something happened to an object, as it is now.
  mutating func emit(
    _ type: String, _ object: some StripeObject, _ call: StripeCall, previous: JSON? = nil
  ) {
    emit(type, id: object.id, object.json, call, previous: previous)
  }

  mutating func emit(
    _ type: String, id: String, _ snapshot: JSON, _ call: StripeCall, previous: JSON? = nil
  ) {
    let event = StripeEvent(
      id: newID("evt_1"), type: type, object: id, created: call.now, snapshot: snapshot,
      previous: previous, requestID: call.requestID, idempotencyKey: call.key,
      apiVersion: configuration.apiVersion)
    events.put(event)
    undelivered.append(event)
  }

  /// Tells of what happened once more, as another event: of how the object stood then.
  ///
  /// - Returns: nil when there is no such event.
  package mutating func repeatEvent(_ id: String) -> String? {
    guard let event = events[id] else { return nil }
    let again = StripeEvent(
      id: newID("evt_1"), type: event.type, object: event.object, created: event.created,
      snapshot: event.snapshot, previous: event.previous, requestID: event.requestID,
      idempotencyKey: event.idempotencyKey, apiVersion: event.apiVersion)
    undelivered.append(again)
    return again.id
  }

  mutating func newID(_ prefix: String) -> String { prefix + generator.token(length: 23) }

  // MARK: Expanding

  /// Replaces ids by their objects along the asked-for paths (Stripe docs, "Expanding responses").
  func expand(
    _ body: JSON, _ paths: [String], now: UnixTime
  ) throws(StripeFailure) -> JSON {
    var expanded = body
    for path in paths {
      let steps = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard steps.count <= 4 + (steps.first == "data" ? 1 : 0) else {
        throw .invalid("property_expansion_max_depth", "Expand 4 levels at most.", param: "expand")
      }
      expanded = try expand(expanded, steps[...], path, now: now)
    }
    return expanded
  }

  private func expand(
    _ value: JSON, _ steps: ArraySlice<String>, _ path: String, now: UnixTime
  ) throws(StripeFailure) -> JSON {
    switch value {
    case .null: return .null
    case .array(let elements):
      var expanded: [JSON] = []
      for element in elements { expanded.append(try expand(element, steps, path, now: now)) }
      return .array(expanded)
    case .string(let id):
      guard let object = object(id, now: now) else {
        throw .invalid(nil, "This property cannot be expanded (\(path)).", param: "expand")
      }
      return try expand(object, steps, path, now: now)
    case .object(var members):
      guard let step = steps.first else { return value }
      guard let member = members[step] else {
        throw .invalid(nil, "This property cannot be expanded (\(path)).", param: "expand")
      }
      members[step] = try expand(member, steps.dropFirst(), path, now: now)
      return .object(members)
    case .bool, .number:
      throw .invalid(nil, "This property cannot be expanded (\(path)).", param: "expand")
    }
  }

  private func object(_ id: String, now: UnixTime) -> JSON? {
    if let customer = customers[id] { return customer.json }
    if let method = methods[id] { return method.json }
    if let intent = intents[id] { return intent.json }
    if let charge = charges[id] { return charge.json }
    if let refund = refunds[id] { return refund.json }
    if let dispute = disputes[id] { return dispute.json }
    guard var transaction = transactions[id] else { return nil }
    if transaction.availableOn <= now { transaction.status = "available" }
    return transaction.json
  }
}
