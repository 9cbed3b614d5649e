/// The outgoing messages of a call.
public struct MessageWriter<Message: RPCMessage>: Sendable {
  @usableFromInline let call: any CallStream

  public init(_ call: any CallStream) { self.call = call }

  /// Queues a message; waits while the peer is behind.
  ///
  /// - Throws: the call's failure: cancelled, past its deadline, connection lost.
  @inlinable
  public func write(_ message: Message) async throws(RPCError) {
    guard call.isOnExecutor else {
      return try await call.onExecutor { () async throws(RPCError) in
        try await MessageWriter<Message>.put(message, on: call)
      }
    }
    try await Self.put(message, on: call)
  }

  @inlinable
  static func put(_ message: Message, on call: any CallStream) async throws(RPCError) {
    if try !call.append(message) { try await call.waitWritable() }
  }
}

extension CallStream {
  /// Encodes, frames and queues a message.
  @inlinable
  public func append(_ message: some RPCMessage) throws(RPCError) -> Bool {
    var result: Result<Bool, RPCError> = .success(true)
    message.withSerializedBytes { bytes in
      do throws(RPCError) { result = .success(try append(bytes)) } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }
}
