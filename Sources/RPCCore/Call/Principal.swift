/// Whom a call is made for, once an interceptor has found out.
public struct Principal: Sendable, Hashable {
  /// A SPIFFE id, or a service account's subject.
  public let name: String
  /// What the interceptor that set it wants its handlers to know; opaque to the library.
  public let attributes: [String: [String]]

  public init(name: String, attributes: [String: [String]] = [:]) {
    self.name = name
    self.attributes = attributes
  }
}
