/// Why a call may not be about what it names.
package struct GrantRefusal: Sendable, Hashable, Error {
  /// Its path in the request.
  package let field: String
  /// What the caller is bound to instead, for a person.
  package let boundTo: String

  package init(field: String, boundTo: String) {
    self.field = field
    self.boundTo = boundTo
  }
}
