/// What a field's value is, as far as its bytes are concerned.
public enum WireKind: UInt8, Sendable, Hashable {
  /// int32, int64, uint32, uint64, sint32, sint64, bool and every enum.
  case varint
  /// fixed32, sfixed32, float.
  case fixed32
  /// fixed64, sfixed64, double.
  case fixed64
  case bytes
  case text
  case message

  /// The form its single value has.
  var form: WireForm {
    switch self {
    case .varint: .varint
    case .fixed32: .fixed32
    case .fixed64: .fixed64
    case .bytes, .text, .message: .lengthDelimited
    }
  }
}
