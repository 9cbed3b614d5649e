/// The 32 raw bytes of an account on chain; equality is theirs, whatever text they came in.
package struct AccountID32: Hashable, Sendable {
  /// Exactly 32 bytes.
  package let bytes: [UInt8]

  /// - Returns: nil unless there are exactly 32 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    self.init(Array(bytes))
  }

  /// The same; apart, so that nothing is copied.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// All bytes at once; an array hashes them one by one, which is felt where accounts are looked up.
  package func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// The 20 bytes that name a DDC cluster.
package struct ClusterID: Hashable, Sendable {
  /// Exactly 20 bytes.
  package let bytes: [UInt8]

  /// - Returns: nil unless there are exactly 20 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    self.init(Array(bytes))
  }

  /// The same; apart, so that nothing is copied.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == 20 else { return nil }
    self.bytes = bytes
  }

  /// All bytes at once; an array hashes them one by one, which is felt where accounts are looked up.
  package func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// A DDC balance: it belongs to an owner within one cluster, never to an owner alone.
package struct DDCAccount: Hashable, Sendable {
  package let cluster: ClusterID
  package let owner: AccountID32

  package init(cluster: ClusterID, owner: AccountID32) {
    self.cluster = cluster
    self.owner = owner
  }
}

/// A balance in credits: a tenant's own user, funded in the ledger alone.
package struct CreditsAccount: Hashable, Sendable {
  package let tenant: String
  package let user: String

  package init(tenant: String, user: String) {
    self.tenant = tenant
    self.user = user
  }
}

/// What a top-up funds.
package enum AccountKey: Hashable, Sendable {
  case ddc(DDCAccount)
  case credits(CreditsAccount)
}
