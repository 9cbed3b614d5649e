public import ProtobufWire
public import RPCCore
public import StrictJSON

/// A message that protogen made.
///
/// The raw pointers below stand for the message's C struct; only generated code, which knows its
/// type, gets and gives them.
public protocol ProtobufMessage: RPCMessage, Hashable {
  /// The message with every field at its default.
  init()

  /// The name in its .proto file, package included.
  static var fullName: String { get }
  /// What the pre-scan checks its bytes against.
  static var schema: MessageSchema { get }
  /// The message's `ProtobufCMessageDescriptor`.
  static var descriptor: UnsafeRawPointer { get }

  /// Copies the values out of the C struct.
  init(copying message: UnsafeRawPointer)
  /// Lays the values down as a C struct that lives as long as the arena.
  func build(in arena: inout MessageArena) -> UnsafeMutableRawPointer

  /// The message by the proto3 JSON mapping; fields at their default are left out.
  var json: JSON { get }
}

extension ProtobufMessage {
  /// Reads a message, from whoever sent it: the bytes are checked before C code sees them, and
  /// what they may cost is bounded.
  @inlinable
  public init(serializedBytes bytes: RawSpan) throws(MessageError) {
    self = try unsafe MessageDecoder.unpack(bytes, as: Self.schema, Self.descriptor) { message in
      unsafe Self(copying: message)
    }
  }

  @inlinable
  public func withSerializedBytes(_ body: (RawSpan) -> Void) {
    unsafe MessageEncoder.pack({ arena in unsafe build(in: &arena) }, body)
  }

  /// Reads a message from an array.
  @inlinable
  public init(serializedBytes bytes: [UInt8]) throws(MessageError) {
    try self.init(serializedBytes: unsafe bytes.span.bytes)
  }

  /// The message's bytes, copied.
  public var serializedBytes: [UInt8] {
    var copy: [UInt8] = []
    withSerializedBytes { bytes in
      copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
    return copy
  }
}
