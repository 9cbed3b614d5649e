public import StrictJSON

// A wrapper's JSON is that of the value in it (proto3's JSON mapping); 64-bit integers are strings.

extension ProtobufInt64Value {
  public var json: JSON { .string(String(value)) }
}

extension ProtobufUInt64Value {
  public var json: JSON { .string(String(value)) }
}

extension ProtobufInt32Value {
  public var json: JSON { .integer(value) }
}

extension ProtobufUInt32Value {
  public var json: JSON { .integer(value) }
}

extension ProtobufDoubleValue {
  public var json: JSON { ProtobufJSON.float(value) }
}

extension ProtobufFloatValue {
  public var json: JSON { ProtobufJSON.float(value) }
}

extension ProtobufBoolValue {
  public var json: JSON { .bool(value) }
}

extension ProtobufStringValue {
  public var json: JSON { .string(value) }
}

extension ProtobufBytesValue {
  public var json: JSON { ProtobufJSON.bytes(value) }
}
