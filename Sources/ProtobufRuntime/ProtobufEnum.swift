/// An enum that protogen made: open, for a newer peer may know more values.
public protocol ProtobufEnum: Sendable, Hashable, CaseIterable {
  /// The value numbered 0.
  init()
  /// The value of a number; `unrecognized` when there is none.
  init(rawValue: Int32)
  var rawValue: Int32 { get }
  /// The name in the .proto file; nil for a value it lacks.
  var protoName: String? { get }
}

extension ProtobufEnum {
  /// The value that has a name in the .proto file; nil when none has.
  public init?(protoName: String) {
    guard let value = Self.allCases.first(where: { $0.protoName == protoName }) else { return nil }
    self = value
  }
}
