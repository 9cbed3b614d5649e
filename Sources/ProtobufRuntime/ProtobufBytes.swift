/// Texts as C holds them. For generated code.
public enum ProtobufBytes {
  /// The text of bytes that the pre-scan has checked.
  public static func text(_ start: UnsafePointer<UInt8>?, _ count: Int) -> String {
    unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
