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
  ]
}
