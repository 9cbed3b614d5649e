/// Where a call stands in a trace that spans services.
///
/// - Source: W3C Trace Context, "traceparent Header".
public struct TraceContext: Sendable, Hashable {
  /// 32 lower-case hexadecimal digits, not all zero.
  public let traceID: String
  /// 16 lower-case hexadecimal digits, not all zero.
  public let parentID: String
  public let isSampled: Bool

  /// - Returns: nil for anything but a well-formed value; a caller's broken trace is dropped, never
  ///   passed on.
  public init?(traceparent text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D,
      bytes.enumerated().allSatisfy({ [2, 35, 52].contains($0) || $0 >= 55 || Self.isHex($1) })
    else { return nil }
    let version = String(decoding: bytes[0..<2], as: UTF8.self)
    // A later version may be longer, behind another hyphen; ff is none.
    guard version != "ff",
      version == "00" ? bytes.count == 55 : bytes.count == 55 || bytes[55] == 0x2D
    else { return nil }
    traceID = String(decoding: bytes[3..<35], as: UTF8.self)
    parentID = String(decoding: bytes[36..<52], as: UTF8.self)
    guard traceID.contains(where: { $0 != "0" }), parentID.contains(where: { $0 != "0" }) else {
      return nil
    }
    isSampled = (Self.hexValue(bytes[54]) & 1) == 1
  }

  /// What is sent on: the same trace and parent, in the version that we know.
  public var traceparent: String { "00-\(traceID)-\(parentID)-\(isSampled ? "01" : "00")" }

  private static func isHex(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func hexValue(_ byte: UInt8) -> UInt8 {
    byte < 0x3A ? byte - 0x30 : byte - 0x61 + 10
  }
}

extension ServerContext {
  /// The trace that the caller says this call belongs to; nil when it says none that is well formed.
  public var trace: TraceContext? {
    metadata.text("traceparent").flatMap { TraceContext(traceparent: $0) }
  }
}
