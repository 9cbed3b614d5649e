/// What generated code needs and the runtime cannot lend it: signatures that name C types stay
/// inside a module.
enum SupportEmitter {
  static func emit() -> SourceWriter {
    var source = SourceWriter()
    source.line(text)
    return source
  }

  private static let text = """
    func text(_ data: ProtobufCBinaryData) -> String {
      unsafe ProtobufBytes.text(data.data, data.len)
    }

    func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
      unsafe ProtobufArray.copy(data.data, data.len)
    }

    func data(_ text: String, in arena: inout MessageArena) -> ProtobufCBinaryData {
      let copy = unsafe arena.bytes(of: text)
      return unsafe ProtobufCBinaryData(len: copy.count, data: copy.baseAddress)
    }

    func data(_ bytes: [UInt8], in arena: inout MessageArena) -> ProtobufCBinaryData {
      unsafe ProtobufCBinaryData(len: bytes.count, data: arena.array(bytes))
    }

    /// A built sub-message under the type of the field it goes into.
    func pointer<C>(_ message: UnsafeMutableRawPointer) -> UnsafeMutablePointer<C> {
      unsafe message.assumingMemoryBound(to: C.self)
    }
    """
}
