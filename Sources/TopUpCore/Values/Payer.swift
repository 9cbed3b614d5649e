/// Who pays: a tenant's user, whose cards are charged.
package struct Payer: Hashable, Sendable {
  package let tenant: String
  package let user: String

  package init(tenant: String, user: String) {
    self.tenant = tenant
    self.user = user
  }
}
