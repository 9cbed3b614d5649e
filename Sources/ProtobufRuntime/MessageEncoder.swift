internal import CProtobuf

/// C structs to bytes.
public enum MessageEncoder {
  /// Builds a message, packs it and lends its bytes.
  public static func pack(
    _ build: (inout MessageArena) -> UnsafeMutableRawPointer, _ body: (RawSpan) -> Void
  ) {
    unsafe withUnsafeTemporaryAllocation(
      byteCount: MessageArena.firstChunkBytes, alignment: MessageArena.alignment
    ) { chunk in
      var arena = unsafe MessageArena(firstChunk: chunk, budget: .max)
      let message = unsafe build(&arena).assumingMemoryBound(to: ProtobufCMessage.self)
      let size = unsafe protobuf_c_message_get_packed_size(message)
      let bytes = unsafe arena.allocate(UInt8.self, count: size)
      let written = unsafe protobuf_c_message_pack(message, bytes)
      precondition(written == size, "libprotobuf-c wrote another size than it said")
      body(unsafe RawSpan(_unsafeStart: bytes, byteCount: size))
    }
  }
}
