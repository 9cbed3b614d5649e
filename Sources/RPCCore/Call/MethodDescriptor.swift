/// The name and shape of one method.
public struct MethodDescriptor: Hashable, Sendable {
  /// The full service name, such as `topup.v1.Balance`.
  public let service: String
  /// The method's own name, such as `GetBalance`.
  public let method: String
  public let type: CallType
  /// The largest request message in bytes; nil means the server's default.
  public let requestBytesMax: Int?

  public init(service: String, method: String, type: CallType, requestBytesMax: Int? = nil) {
    self.service = service
    self.method = method
    self.type = type
    self.requestBytesMax = requestBytesMax
  }

  /// The `:path` of its calls, such as `/topup.v1.Balance/GetBalance`.
  public var path: String { "/\(service)/\(method)" }
}
