/// A value that travels as the payload of one message.
public protocol RPCMessage: Sendable {
  /// Reads a message.
  ///
  /// - Parameter bytes: the whole payload, without prefix, already inflated.
  /// - Throws: ``MessageError`` when the bytes are no such message or pass a limit.
  init(serializedBytes bytes: RawSpan) throws(MessageError)

  /// Lends the message's bytes; they are gone when `body` returns.
  func withSerializedBytes(_ body: (RawSpan) -> Void)
}

/// Why bytes are no message of the expected type.
public enum MessageError: Error, Hashable, Sendable {
  /// Not the wire format, or not this message's fields.
  case malformed(String)
  /// A text field that is not UTF-8, or holds NUL.
  case badText(field: String)
  /// More nesting, repetition or memory than a message may cost.
  case overBudget(String)

  /// For people: what is wrong and where.
  public var reason: String {
    switch self {
    case .malformed(let reason): "the request is not a valid message: \(reason)"
    case .badText(let field): "field \(field) is not valid UTF-8 text without NUL"
    case .overBudget(let reason): "the request costs more than a message may: \(reason)"
    }
  }
}

extension MessageError: RPCErrorConvertible {
  /// Unparseable bytes are INTERNAL (gRPC statuscodes, server-generated); a budget is
  /// RESOURCE_EXHAUSTED, as a message over the size limit is.
  public var rpcError: RPCError {
    switch self {
    case .malformed, .badText: RPCError(.internal, reason)
    case .overBudget: RPCError(.resourceExhausted, reason)
    }
  }
}
