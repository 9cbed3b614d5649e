/// Who pays: a tenant's user, whose cards are charged.
package struct Payer: Hashable, Sendable {
  package let tenant: String
  package let user: String

  package init(tenant: String, user: String) {
    self.tenant = tenant
    self.user = user
  }

  /// By their bytes (``ExactText``).
  package static func == (one: Payer, other: Payer) -> Bool {
    one.tenant.isExactly(other.tenant) && one.user.isExactly(other.user)
  }

  package func hash(into hasher: inout Hasher) {
    tenant.hashExactly(into: &hasher)
    user.hashExactly(into: &hasher)
  }
}
