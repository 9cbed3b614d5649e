/// How a call ended: its code and a message for people.
public struct Status: Hashable, Sendable {
  public var code: StatusCode
  /// UTF-8 text; percent-encoded only on the wire (`grpc-message`).
  public var message: String

  public init(_ code: StatusCode, _ message: String = "") {
    self.code = code
    self.message = message
  }

  /// Success, with no message.
  public static let ok = Status(.ok)
}
