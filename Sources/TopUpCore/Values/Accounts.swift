/// The 32 raw bytes of an account on chain; equality is theirs, whatever text they came in.
///
/// Words, and no array: accounts are looked up by the thousand, and each array would be a place in memory
/// of its own to go to, and to count.
package struct AccountID32: Hashable, Sendable {
  /// The bytes in their order, as they lie in memory.
  package let words: InlineArray<4, UInt64>

  /// - Returns: nil unless there are exactly 32 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard let words = InlineArray<4, UInt64>(laidOut: bytes) else { return nil }
    self.words = words
  }

  /// Exactly 32 bytes.
  package var bytes: [UInt8] { words.laidOut }

  package static func == (one: AccountID32, other: AccountID32) -> Bool {
    one.words.isSame(as: other.words)
  }

  package func hash(into hasher: inout Hasher) {
    for index in words.indices { hasher.combine(words[index]) }
  }
}

/// The 20 bytes that name a DDC cluster.
package struct ClusterID: Hashable, Sendable {
  /// The bytes in their order, as they lie in memory.
  package let words: InlineArray<5, UInt32>

  /// - Returns: nil unless there are exactly 20 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard let words = InlineArray<5, UInt32>(laidOut: bytes) else { return nil }
    self.words = words
  }

  /// Exactly 20 bytes.
  package var bytes: [UInt8] { words.laidOut }

  package static func == (one: ClusterID, other: ClusterID) -> Bool {
    one.words.isSame(as: other.words)
  }

  package func hash(into hasher: inout Hasher) {
    for index in words.indices { hasher.combine(words[index]) }
  }
}

extension InlineArray where Element: FixedWidthInteger {
  /// - Returns: nil unless the bytes fill it exactly.
  fileprivate init?(laidOut bytes: some Collection<UInt8>) {
    guard bytes.count == count * MemoryLayout<Element>.size else { return nil }
    var words = InlineArray(repeating: 0)
    unsafe withUnsafeMutableBytes(of: &words) { unsafe $0.copyBytes(from: bytes) }
    self = words
  }

  /// The bytes, in the order that they came in.
  fileprivate var laidOut: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe Array($0) } }

  fileprivate func isSame(as other: InlineArray) -> Bool {
    for index in indices where self[index] != other[index] { return false }
    return true
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

  /// By their bytes (``ExactText``).
  package static func == (one: CreditsAccount, other: CreditsAccount) -> Bool {
    one.tenant.isExactly(other.tenant) && one.user.isExactly(other.user)
  }

  package func hash(into hasher: inout Hasher) {
    tenant.hashExactly(into: &hasher)
    user.hashExactly(into: &hasher)
  }
}

/// What a top-up funds.
package enum AccountKey: Hashable, Sendable {
  case ddc(DDCAccount)
  case credits(CreditsAccount)
}
