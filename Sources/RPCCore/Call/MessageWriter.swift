/// The outgoing messages of a call.
public struct MessageWriter<Message: RPCMessage>: Sendable {
  @usableFromInline let call: any CallStream

  public init(_ call: any CallStream) { self.call = call }

  /// Queues a message; waits while the peer is behind.
  ///
  /// - Parameter compresses: whether the call's encoding is used; false sends this one as it is.
  /// - Throws: the call's failure: cancelled, past its deadline, connection lost.
  @inlinable
  public func write(_ message: Message, compresses: Bool = true) async throws(RPCError) {
    guard call.isOnExecutor else {
      return try await call.onExecutor { () async throws(RPCError) in
        try await MessageWriter<Message>.put(message, compresses, on: call)
      }
    }
    try await Self.put(message, compresses, on: call)
  }

  @inlinable
  static func put(
    _ message: Message, _ compresses: Bool, on call: any CallStream
  ) async throws(RPCError) {
    if try !message.append(to: call, compresses: compresses) { try await call.waitWritable() }
  }
}

extension RPCMessage {
  /// Encodes, frames and queues the message.
  ///
  /// - Returns: whether the call has room for more.
  @inlinable
  public func append(
    to call: any CallStream, compresses: Bool = true
  ) throws(RPCError) -> Bool {
    var result: Result<Bool, RPCError> = .success(true)
    withSerializedBytes { bytes in
      do throws(RPCError) {
        result = .success(try call.append(bytes, compresses: compresses))
      } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }
}
