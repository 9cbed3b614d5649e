/// The messages of the other side, in order, decoded as they are asked for.
///
/// What is not read is not credited: a slow reader holds the peer back (RFC 9113 §5.2).
public struct MessageStream<Message: RPCMessage>: AsyncSequence, Sendable {
  public typealias Element = Message
  public typealias Failure = RPCError

  @usableFromInline let call: any CallStream

  public init(_ call: any CallStream) { self.call = call }

  /// The next message; nil when the other side has ended.
  ///
  /// - Throws: the call's failure: cancelled, past its deadline, malformed message.
  @inlinable
  public func next() async throws(RPCError) -> Message? {
    guard call.isOnExecutor else {
      return try await call.onExecutor { () async throws(RPCError) in
        try await MessageStream<Message>.take(call)
      }
    }
    return try await Self.take(call)
  }

  @inlinable
  static func take(_ call: any CallStream) async throws(RPCError) -> Message? {
    while true {
      var message: Message?
      let outcome = try call.poll { bytes throws(RPCError) in
        do throws(MessageError) { message = try Message(serializedBytes: bytes) } catch {
          throw error.rpcError
        }
      }
      switch outcome {
      case .message: return message
      case .end: return nil
      case .empty: try await call.waitReadable()
      }
    }
  }

  /// Every message that is here already, or the next one when none is; empty at the end.
  ///
  /// One suspension for a whole chunk: the way to take in a stream fast.
  /// - Parameter max: the most to return, at least 1.
  @inlinable
  public func nextBatch(max: Int) async throws(RPCError) -> [Message] {
    let call = call
    return try await call.onExecutor { () async throws(RPCError) -> [Message] in
      guard let first = try await Self.take(call) else { return [] }
      var batch = [first]
      while batch.count < max {
        var message: Message?
        let outcome = try call.poll { bytes throws(RPCError) in
          do throws(MessageError) { message = try Message(serializedBytes: bytes) } catch {
            throw error.rpcError
          }
        }
        guard outcome == .message, let message else { break }
        batch.append(message)
      }
      return batch
    }
  }

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let stream: MessageStream

    public mutating func next() async throws(RPCError) -> Message? { try await stream.next() }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RPCError) -> Message? { try await stream.next() }
  }
}
