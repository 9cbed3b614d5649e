/// One .proto file as server reflection tells it.
///
/// The bytes are read-only data of the program; nothing is built at start-up.
@safe public struct FileDescriptor: @unchecked Sendable {  // `start` is constant data: never freed.
  /// The name it is imported under, such as `topup/v1/topup.proto`.
  public let name: String
  /// The names of the files it imports.
  public let dependencies: [String]
  /// The full names of its services.
  public let services: [String]
  /// The full names of its services, methods, messages and enums.
  public let symbols: [String]

  private let start: UnsafePointer<UInt8>
  private let count: Int

  /// - Parameter start: the serialized `google.protobuf.FileDescriptorProto`, which never moves.
  public init(
    name: String, dependencies: [String], services: [String], symbols: [String],
    start: UnsafePointer<UInt8>, count: Int
  ) {
    self.name = name
    self.dependencies = dependencies
    self.services = services
    self.symbols = symbols
    unsafe self.start = start
    self.count = count
  }

  /// The serialized `google.protobuf.FileDescriptorProto`.
  public var bytes: [UInt8] { unsafe Array(UnsafeBufferPointer(start: start, count: count)) }
}
