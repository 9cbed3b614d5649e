/// The type of a field, by its number in `google.protobuf.FieldDescriptorProto.Type`.
enum FieldType: Int32 {
  case double = 1
  case float, int64, uint64, int32, fixed64, fixed32, bool, string, group, message, bytes
  case uint32, `enum`, sfixed32, sfixed64, sint32, sint64
}

/// One field of a message.
struct FieldModel {
  let name: String
  let number: Int32
  let type: FieldType
  /// The full name of a message's or enum's type, without the leading dot; else empty.
  let typeName: String
  let isRepeated: Bool
  /// The index of the oneof it belongs to, synthetic ones left out.
  let oneof: Int?
  /// Declared `optional`, in a synthetic oneof of its own.
  let isOptional: Bool
  let jsonName: String
  let comment: String
}

/// One value of an enum.
struct EnumValueModel {
  let name: String
  let number: Int32
  let comment: String
}

struct EnumModel {
  let name: String
  let fullName: String
  let values: [EnumValueModel]
  let comment: String
}

struct OneofModel {
  let name: String
  let comment: String
}

/// A message and what is declared inside it.
struct MessageModel {
  let name: String
  let fullName: String
  let fields: [FieldModel]
  /// Oneofs in their order; the synthetic ones come last in a descriptor and are left out.
  let oneofs: [OneofModel]
  let messages: [MessageModel]
  let enums: [EnumModel]
  let isMapEntry: Bool
  let comment: String
}

struct MethodModel {
  let name: String
  let input: String
  let output: String
  let streamsRequests: Bool
  let streamsResponses: Bool
  let comment: String
}

struct ServiceModel {
  let name: String
  let fullName: String
  let methods: [MethodModel]
  let comment: String
}

/// One .proto file.
struct FileModel {
  let name: String
  let package: String
  let dependencies: [String]
  let messages: [MessageModel]
  let enums: [EnumModel]
  let services: [ServiceModel]
  /// The FileDescriptorProto as protoc wrote it, less the comments and positions.
  let serialized: [UInt8]
}
