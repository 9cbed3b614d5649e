package import TopUpCore

/// What a caller's calls may be about: tenants, clusters, accounts, sources, the service itself.
///
/// Pure. Method rules (gRFC A43) come before it and say nothing of objects; this says nothing of
/// methods. Both must agree.
package struct Grant: Sendable, Hashable {
  /// Names of one kind.
  package enum Scope<Name: Hashable & Sendable>: Sendable, Hashable {
    case all
    case only(Set<Name>)

    package func contains(_ name: Name) -> Bool {
      switch self {
      case .all: true
      case .only(let names): names.contains(name)
      }
    }

    mutating func formUnion(_ other: Self) {
      switch (self, other) {
      case (.all, _), (_, .all): self = .all
      case (.only(let mine), .only(let others)): self = .only(mine.union(others))
      }
    }
  }

  /// For whom payments, cards, consents, policies, top-ups and credits may be seen and changed.
  package var tenants: Scope<ExactText> = .only([])
  /// Clusters whose accounts, all of them, may be seen, funded and reported on.
  package var clusters: Scope<ClusterID> = .only([])
  /// Accounts beside those of the clusters.
  package var accounts: Set<DDCAccount> = []
  /// As whom low-balance events may be reported.
  package var sources: Scope<ExactText> = .only([])
  /// What is nobody's own: status, inbox, ledger, kill switch.
  package var isService = false

  package init() {}

  /// Of a daemon that has no bindings: every process of the machine is trusted with everything.
  package static let everything: Grant = {
    var grant = Grant()
    grant.tenants = .all
    grant.clusters = .all
    grant.sources = .all
    grant.isService = true
    return grant
  }()

  /// Of a caller that no binding names.
  package static let nothing = Grant()

  /// A caller that several bindings name may what any of them says.
  package mutating func formUnion(_ other: Grant) {
    tenants.formUnion(other.tenants)
    clusters.formUnion(other.clusters)
    accounts.formUnion(other.accounts)
    sources.formUnion(other.sources)
    isService = isService || other.isService
  }

  // MARK: Questions

  /// - Returns: nil when a call may be about the tenant; else why not.
  package func refusal(tenant: String, _ field: String) -> GrantRefusal? {
    if tenants.contains(ExactText(tenant)) { return nil }
    return GrantRefusal(field: field, boundTo: Self.names("tenant", tenants) { $0.text })
  }

  /// Credits are a tenant's; a chain account goes with its cluster, or by itself.
  package func refusal(account: AccountKey, _ field: String) -> GrantRefusal? {
    switch account {
    case .credits(let credits):
      return refusal(tenant: credits.tenant, "\(field).credits.tenant")
    case .ddc(let ddc):
      if clusters.contains(ddc.cluster) || accounts.contains(ddc) { return nil }
      // The field at fault: another account of a cluster that is named, or another cluster.
      let isNamed = accounts.contains { $0.cluster == ddc.cluster }
      return GrantRefusal(
        field: "\(field).ddc.\(isNamed ? "owner" : "cluster_id")", boundTo: chainNames)
    }
  }

  /// - Parameter account: what a low-balance event is about; its fields lie in the event itself.
  package func refusal(reported account: DDCAccount, _ field: String) -> GrantRefusal? {
    if clusters.contains(account.cluster) || accounts.contains(account) { return nil }
    let isNamed = accounts.contains { $0.cluster == account.cluster }
    return GrantRefusal(field: "\(field).\(isNamed ? "owner" : "cluster_id")", boundTo: chainNames)
  }

  package func refusal(source: String, _ field: String) -> GrantRefusal? {
    if sources.contains(ExactText(source)) { return nil }
    return GrantRefusal(field: field, boundTo: Self.names("source", sources) { $0.text })
  }

  /// Of what belongs to the service as a whole.
  package var serviceRefusal: GrantRefusal? {
    isService ? nil : GrantRefusal(field: "service", boundTo: "no call about the whole service")
  }

  // MARK: Words

  /// A refusal is read by people: past so many names it counts them.
  private static let namesMax = 8

  private var chainNames: String {
    let owned = accounts.isEmpty ? [] : accounts.map { AccountKey.ddc($0).name }.sorted()
    guard !owned.isEmpty else { return Self.names("cluster", clusters) { "\($0)" } }
    let alone = Self.text("account", owned)
    if case .only([]) = clusters { return alone }
    return "\(Self.names("cluster", clusters) { "\($0)" }); \(alone)"
  }

  private static func names<Name>(
    _ kind: String, _ scope: Scope<Name>, _ text: (Name) -> String
  ) -> String {
    switch scope {
    case .all: "every \(kind)"
    case .only(let names): Self.text(kind, names.map(text).sorted())
    }
  }

  private static func text(_ kind: String, _ names: [String]) -> String {
    if names.isEmpty { return "no \(kind)" }
    let more = names.count > namesMax ? " and \(names.count - namesMax) more" : ""
    let list = names.prefix(namesMax).joined(separator: ", ")
    return "\(kind)\(names.count == 1 ? "" : "s") \(list)\(more)"
  }
}
