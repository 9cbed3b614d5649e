/// The four kinds of call: which side sends one message, which a stream.
public enum CallType: String, Sendable, Hashable, CaseIterable {
  case unary
  case clientStream = "client_stream"
  case serverStream = "server_stream"
  case bidirectional = "bidi_stream"

  /// Whether the caller sends any number of messages.
  public var streamsRequests: Bool { self == .clientStream || self == .bidirectional }
  /// Whether the server sends any number of messages.
  public var streamsResponses: Bool { self == .serverStream || self == .bidirectional }
}
