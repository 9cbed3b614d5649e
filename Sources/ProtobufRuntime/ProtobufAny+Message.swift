public import RPCCore

extension ProtobufAny {
  /// What every type URL made here begins with.
  private static let urlPrefix = "type.googleapis.com/"

  /// Wraps a message with its type.
  public init(_ message: some ProtobufMessage) {
    self.init(
      typeURL: Self.urlPrefix + type(of: message).fullName, value: message.serializedBytes)
  }

  /// The message inside, when it is of that type; nil when it is of another.
  ///
  /// - Throws: ``MessageError`` when it says it is of that type, and its bytes are not.
  public func unpacked<Message: ProtobufMessage>(
    as type: Message.Type
  ) throws(MessageError) -> Message? {
    // Whatever stands before the last slash is the resolver's matter (any.proto).
    guard typeURL.split(separator: "/").last.map(String.init) == Message.fullName else {
      return nil
    }
    return try Message(serializedBytes: value)
  }
}
