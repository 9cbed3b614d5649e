/// How the messages of one direction of a call are encoded.
/// - Source: gRPC compression.md; only what every implementation has.
public enum MessageEncoding: String, Sendable, Hashable, CaseIterable {
  case identity
  case gzip

  /// What `grpc-accept-encoding` says.
  package static let accepted: StaticString = "identity,gzip"
}
