internal import RPCCore
internal import TopUpCore

// What a call names is held against what its caller is bound to, before anything is read.

extension ServiceContext {
  /// - Throws: ``ServiceError/notBound(caller:_:)`` with the first of the refusals.
  func permit(
    _ call: ServerContext, _ refusals: (Grant) -> [GrantRefusal?]
  ) throws(ServiceError) {
    for case let refusal? in refusals(grants.grant(of: call)) {
      throw .notBound(caller: call.principal?.name ?? "an unknown caller", refusal)
    }
  }

  func permit(
    _ call: ServerContext, account: AccountKey?, _ field: String = "account"
  ) throws(ServiceError) {
    guard let account else { return }
    try permit(call) { [$0.refusal(account: account, field)] }
  }

  func permit(
    _ call: ServerContext, payer: Payer?, _ field: String = "payer"
  ) throws(ServiceError) {
    guard let payer else { return }
    try permit(call) { [$0.refusal(tenant: payer.tenant, "\(field).tenant")] }
  }

  /// Of what is the whole service's.
  func permitService(_ call: ServerContext) throws(ServiceError) {
    try permit(call) { [$0.serviceRefusal] }
  }

  /// Of a method that comes later: whoever is bound to nothing is not even told that.
  func permitAny(_ call: ServerContext) throws(ServiceError) {
    try permit(call) { grant in
      [grant == .nothing ? GrantRefusal(field: "caller", boundTo: "nothing") : nil]
    }
  }

  // MARK: By id: another tenant's is as one that is not there

  func mayName(_ call: ServerContext, payer: Payer) -> Bool {
    mayName(call, tenant: payer.tenant)
  }

  func mayName(_ call: ServerContext, tenant: String) -> Bool {
    grants.grant(of: call).tenants.contains(ExactText(tenant))
  }

  /// Whose top-ups and cards a call may see; nil for everybody's.
  ///
  /// - Throws: ``ServiceError/notBound(caller:_:)`` for a caller that is bound to no tenant.
  func tenants(of call: ServerContext) throws(ServiceError) -> [String]? {
    guard case .only(let tenants) = grants.grant(of: call).tenants else { return nil }
    try permit(call) { _ in
      [tenants.isEmpty ? GrantRefusal(field: "tenant", boundTo: "no tenant") : nil]
    }
    return tenants.map(\.text)
  }

  /// - Throws: ``ServiceError/notFound(resource:name:)`` for another tenant's, as for an unknown id.
  func permit(_ call: ServerContext, topUp id: TopUpID) throws(ServiceError) {
    _ = try tenants(of: call)
    let topUp = try store.look { snapshot throws(StoreError) in try snapshot.topUp(id) }
    guard let topUp, mayName(call, payer: topUp.payer) else {
      throw .notFound(resource: "top-up", name: id.rawValue)
    }
  }

  /// - Throws: `notFound` for another tenant's set-up, as for an unknown id.
  func permit(_ call: ServerContext, setup id: SetupIntentID) throws(ServiceError) {
    _ = try tenants(of: call)
    let setup = try store.look { snapshot throws(StoreError) in try snapshot.setup(id) }
    guard let setup, mayName(call, payer: setup.payer) else {
      throw .notFound(resource: "set-up", name: id.rawValue)
    }
  }

  /// An account's rule is its payer's tenant's; another's is not to be replaced.
  func permit(_ call: ServerContext, replacingPolicyOf account: AccountKey) throws(ServiceError) {
    let stored = try store.look { snapshot throws(StoreError) in try snapshot.account(account) }
    if let policy = stored.policy { try permit(call, replacing: policy) }
  }

  func permit(_ call: ServerContext, replacing policy: Policy) throws(ServiceError) {
    guard !mayName(call, payer: policy.payer) else { return }
    throw .notBound(
      caller: call.principal?.name ?? "an unknown caller",
      GrantRefusal(field: "policy.account", boundTo: "accounts without another tenant's policy"))
  }
}
