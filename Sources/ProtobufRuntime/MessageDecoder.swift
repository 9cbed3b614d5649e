internal import CProtobuf
public import ProtobufWire
public import RPCCore

/// Bytes to C structs.
public enum MessageDecoder {
  /// What a message may cost over ``budgetFactor`` times its bytes: covers a small message whose
  /// struct is mostly empty fields, and stays small for thousands of calls at once.
  static let budgetBase = 65_536
  /// A packed field of small numbers, honest and the worst of its kind, takes 8 bytes for 1.
  static let budgetFactor = 8

  /// Checks a message, reads it into a C struct and lends that.
  ///
  /// - Throws: ``MessageError``; the body has not run then.
  public static func unpack(
    _ bytes: RawSpan, as schema: MessageSchema, _ descriptor: UnsafeRawPointer,
    _ body: (UnsafeRawPointer) -> Void
  ) throws(MessageError) {
    try WirePrescan.check(bytes, as: schema)
    let failure = unsafe withUnsafeTemporaryAllocation(
      byteCount: MessageArena.firstChunkBytes, alignment: MessageArena.alignment
    ) { chunk in
      let budget = budgetBase + budgetFactor * bytes.byteCount
      var arena = unsafe MessageArena(firstChunk: chunk, budget: budget)
      return unsafe unpack(bytes, descriptor, in: &arena, body)
    }
    if let failure { throw failure }
  }

  private static func unpack(
    _ bytes: RawSpan, _ descriptor: UnsafeRawPointer, in arena: inout MessageArena,
    _ body: (UnsafeRawPointer) -> Void
  ) -> MessageError? {
    let message = unsafe withUnsafeMutablePointer(to: &arena) { arena in
      var allocator = unsafe ProtobufCAllocator(
        alloc: allocate, free: { _, _ in }, allocator_data: arena)
      return unsafe bytes.withUnsafeBytes { bytes in
        unsafe protobuf_c_message_unpack(
          descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), &allocator,
          bytes.count, bytes.bindMemory(to: UInt8.self).baseAddress)
      }
    }
    guard let message = unsafe message else {
      return arena.isExhausted
        ? .overBudget("it takes more memory than \(budgetFactor) times its size")
        : .malformed("libprotobuf-c refused it")
    }
    unsafe body(message)
    return nil
  }

  private static let allocate:
    @convention(c) (UnsafeMutableRawPointer?, Int) -> UnsafeMutableRawPointer? = { arena, size in
      unsafe arena?.assumingMemoryBound(to: MessageArena.self).pointee.allocate(bytes: size)
    }
}
