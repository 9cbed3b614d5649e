/// The failure of one call. What goes wrong with the process itself is not an `RPCError`.
public struct RPCError: Error, Hashable, Sendable {
  public var code: StatusCode
  /// For people; never holds a secret or the text of a C library.
  public var message: String
  /// Sent after the status, for example `grpc-status-details-bin` (a `google.rpc.Status`).
  public var trailers: Metadata

  public init(_ code: StatusCode, _ message: String, trailers: Metadata = [:]) {
    self.code = code
    self.message = message
    self.trailers = trailers
  }

  public init(_ status: Status, trailers: Metadata = [:]) {
    self.init(status.code, status.message, trailers: trailers)
  }

  public var status: Status { Status(code, message) }
}

extension RPCError: CustomStringConvertible {
  public var description: String { "\(code.name): \(message)" }
}

/// An error that knows the status it becomes on the wire.
public protocol RPCErrorConvertible: Error {
  var rpcError: RPCError { get }
}

extension RPCError {
  /// What a handler's error becomes: an `RPCError` stays itself, a convertible one says what it
  /// is, a cancellation is CANCELLED, and anything else UNKNOWN without its text, which may hold
  /// what a caller must not see.
  public init(handlerError error: any Error) {
    switch error {
    case let error as RPCError: self = error
    case let error as any RPCErrorConvertible: self = error.rpcError
    case is CancellationError: self.init(.cancelled, "the call was cancelled")
    default: self.init(.unknown, "the handler failed")
    }
  }
}
