public import ProtobufRuntime
public import RPCCore

extension RPCError {
  /// Where the details travel: a serialized `google.rpc.Status`.
  private static let detailsKey = "grpc-status-details-bin"

  /// A failure with details that programs may act on.
  ///
  /// - Parameter details: such as ``GoogleErrorInfo`` and ``GoogleBadRequest``; at most one of
  ///   each type, and the same code and message as the status itself (google/rpc/status.proto).
  public init(_ code: StatusCode, _ message: String, details: [any ProtobufMessage]) {
    let status = GoogleStatus(
      code: Int32(truncatingIfNeeded: code.rawValue), message: message,
      details: details.map { ProtobufAny($0) })
    self.init(code, message, trailers: [Self.detailsKey: .bytes(status.serializedBytes)])
  }

  /// The first detail of a type; nil when there is none, or what came is unreadable: a failure
  /// must not hide behind its details.
  public func detail<Detail: ProtobufMessage>(_ type: Detail.Type = Detail.self) -> Detail? {
    guard let bytes = trailers.bytes(Self.detailsKey),
      let status = try? GoogleStatus(serializedBytes: bytes)
    else { return nil }
    for detail in status.details {
      if let detail = try? detail.unpacked(as: type) { return detail }
    }
    return nil
  }
}
