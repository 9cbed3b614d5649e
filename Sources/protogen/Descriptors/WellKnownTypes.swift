/// What generated code says of google.protobuf's types, in our words: their own files' comments
/// are essays with examples in six languages.
enum WellKnownTypes {
  static let package = "google.protobuf"

  static let docs: [String: String] = [
    "google.protobuf.Any": " A message of any type, with the name of that type.",
    "google.protobuf.Any.type_url": " A URL whose last path segment is the type's full name.",
    "google.protobuf.Any.value": " The message's bytes.",
    "google.protobuf.Duration": " A signed span of time.",
    "google.protobuf.Duration.seconds": " Whole seconds, within 10,000 years either way.",
    "google.protobuf.Duration.nanos":
      " The rest in nanoseconds, of the same sign, less than a second.",
    "google.protobuf.Timestamp": " A moment, in UTC without leap seconds.",
    "google.protobuf.Timestamp.seconds": " Seconds since 1970-01-01T00:00:00Z; may be negative.",
    "google.protobuf.Timestamp.nanos": " Nanoseconds from there, 0 to 999,999,999, always forward.",
    "google.protobuf.DoubleValue": " A `double` that may be absent.",
    "google.protobuf.DoubleValue.value": " What it is when it is there.",
    "google.protobuf.FloatValue": " A `float` that may be absent.",
    "google.protobuf.FloatValue.value": " What it is when it is there.",
    "google.protobuf.Int64Value": " An `int64` that may be absent.",
    "google.protobuf.Int64Value.value": " What it is when it is there.",
    "google.protobuf.UInt64Value": " A `uint64` that may be absent.",
    "google.protobuf.UInt64Value.value": " What it is when it is there.",
    "google.protobuf.Int32Value": " An `int32` that may be absent.",
    "google.protobuf.Int32Value.value": " What it is when it is there.",
    "google.protobuf.UInt32Value": " A `uint32` that may be absent.",
    "google.protobuf.UInt32Value.value": " What it is when it is there.",
    "google.protobuf.BoolValue": " A `bool` that may be absent.",
    "google.protobuf.BoolValue.value": " What it is when it is there.",
    "google.protobuf.StringValue": " A `string` that may be absent.",
    "google.protobuf.StringValue.value": " What it is when it is there.",
    "google.protobuf.BytesValue": " `bytes` that may be absent.",
    "google.protobuf.BytesValue.value": " What it is when it is there.",
  ]
}
