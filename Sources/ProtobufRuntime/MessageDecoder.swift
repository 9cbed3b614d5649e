internal import CProtobuf
public import ProtobufWire
public import RPCCore

/// Bytes to C structs.
public enum MessageDecoder {
  /// What a message may cost over ``budgetFactor`` times its bytes: covers a list of a few thousand
  /// submessages of a field or two, which take some 90 bytes for 5 each (an interop client asks for
  /// 2,000 responses in one request). Taken only while the message is unpacked, one at a time on
  /// each thread.
  @usableFromInline static let budgetBase = 262_144
  /// A packed field of small numbers, honest and the worst of its kind, takes 8 bytes for 1.
  @usableFromInline static let budgetFactor = 8

  /// Checks a message, reads it into a C struct and lends that.
  ///
  /// - Throws: ``MessageError``; the body has not run then.
  @inlinable
  public static func unpack<Value>(
    _ bytes: RawSpan, as schema: MessageSchema, _ descriptor: UnsafeRawPointer,
    _ body: (UnsafeRawPointer) -> Value
  ) throws(MessageError) -> Value {
    try WirePrescan.check(bytes, as: schema)
    var isOverBudget = false
    let value: Value? = unsafe withUnsafeTemporaryAllocation(
      byteCount: MessageArena.firstChunkBytes, alignment: MessageArena.alignment
    ) { chunk in
      var arena = unsafe MessageArena(
        firstChunk: chunk, budget: budgetBase + budgetFactor * bytes.byteCount)
      if let message = unsafe unpack(bytes, descriptor, in: &arena) { return unsafe body(message) }
      isOverBudget = arena.isExhausted
      return nil
    }
    guard let value else { throw refusal(isOverBudget: isOverBudget) }
    return value
  }

  @usableFromInline
  static func unpack(
    _ bytes: RawSpan, _ descriptor: UnsafeRawPointer, in arena: inout MessageArena
  ) -> UnsafeRawPointer? {
    unsafe withUnsafeMutablePointer(to: &arena) { arena in
      var allocator = unsafe ProtobufCAllocator(
        alloc: allocate, free: { _, _ in }, allocator_data: arena)
      return unsafe bytes.withUnsafeBytes { bytes in
        unsafe UnsafeRawPointer(
          protobuf_c_message_unpack(
            descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), &allocator,
            bytes.count, bytes.bindMemory(to: UInt8.self).baseAddress))
      }
    }
  }

  @usableFromInline
  static func refusal(isOverBudget: Bool) -> MessageError {
    isOverBudget
      ? .overBudget("it takes more memory than \(budgetFactor) times its size")
      : .malformed("libprotobuf-c refused it")
  }

  private static let allocate:
    @convention(c) (UnsafeMutableRawPointer?, Int) -> UnsafeMutableRawPointer? = { arena, size in
      unsafe arena?.assumingMemoryBound(to: MessageArena.self).pointee.allocate(bytes: size)
    }
}
