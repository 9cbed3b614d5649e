import InteropAPI
import RPCCore

extension Payload {
  /// No interop case asks for more, and one small request must not cost the server gigabytes.
  private static let bytesMax: Int32 = 67_108_864

  /// A payload of zeros.
  ///
  /// - Throws: INVALID_ARGUMENT for a type that is not known or a size outside 0 to 64 MiB.
  static func zeros(_ bytes: Int32, _ type: PayloadType) throws(RPCError) -> Payload {
    switch type {
    case .compressable: break
    case .unrecognized(let value):
      throw RPCError(.invalidArgument, "payload type \(value) is not known")
    }
    guard (0...bytesMax).contains(bytes) else {
      throw RPCError(.invalidArgument, "a payload has 0 to \(bytesMax) bytes, not \(bytes)")
    }
    return Payload(type: type, body: [UInt8](repeating: 0, count: Int(bytes)))
  }
}
