/// Why a text is no authorization policy: where it is wrong, and what is wrong there.
public struct AuthorizationPolicyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The place, such as `allow_rules[2].request.headers[0].key`; empty for the whole text.
  public let path: String
  public let problem: String

  public init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  public var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
