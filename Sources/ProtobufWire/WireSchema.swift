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

/// One field of a message, for the pre-scan.
public struct WireField: Sendable {
  /// No slot: the field may stand any number of times.
  public static let noSlot: UInt8 = .max

  public let name: StaticString
  public let number: UInt32
  public let kind: WireKind
  public let isRepeated: Bool
  /// For a singular sub-message, which bit marks it as seen; the members of a oneof share one.
  public let slot: UInt8
  /// For a sub-message, its index in the schema.
  public let message: UInt16

  public init(
    _ number: UInt32, _ name: StaticString, _ kind: WireKind, isRepeated: Bool = false,
    slot: UInt8 = WireField.noSlot, message: UInt16 = 0
  ) {
    self.name = name
    self.number = number
    self.kind = kind
    self.isRepeated = isRepeated
    self.slot = slot
    self.message = message
  }
}

/// The fields of a family of messages, in one flat table that protogen writes.
///
/// A class, so that handing it on costs a pointer.
public final class WireSchema: Sendable {
  /// The fields of every message, one message after the other, by number within a message.
  let fields: [WireField]
  /// Where each message begins in `fields`; one more at the end.
  let starts: [Int]

  /// - Parameter messages: the fields of each message, by ascending number.
  public init(_ messages: [[WireField]]) {
    var starts = [0]
    for message in messages { starts.append(starts[starts.count - 1] + message.count) }
    self.starts = starts
    self.fields = messages.flatMap(\.self)
  }
}

/// One message of a schema.
public struct MessageSchema: Sendable {
  let schema: WireSchema
  let index: Int

  public init(_ schema: WireSchema, _ index: Int) {
    self.schema = schema
    self.index = index
  }
}
