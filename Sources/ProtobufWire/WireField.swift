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
