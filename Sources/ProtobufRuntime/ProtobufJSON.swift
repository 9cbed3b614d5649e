public import StrictJSON

/// Single values by the proto3 JSON mapping. For generated code.
///
/// - Source: protobuf "ProtoJSON Format".
public enum ProtobufJSON {
  /// A float or double: the shortest digits that read back as the same value.
  public static func float<Value: BinaryFloatingPoint & LosslessStringConvertible>(
    _ value: Value
  ) -> JSON {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "Infinity" : "-Infinity" }
    let text = String(value)
    return .number(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  /// Base64 with padding (RFC 4648 §4).
  public static func bytes(_ bytes: [UInt8]) -> JSON {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - group.count))
      for index in 0..<4 {
        let value = Int(bits >> UInt32(18 - 6 * index)) & 0x3F
        text.append(index <= group.count ? alphabet[value] : UInt8(ascii: "="))
      }
    }
    return .string(String(decoding: text, as: UTF8.self))
  }

  /// An enum's name; its number when it has none.
  public static func enumeration(_ value: some ProtobufEnum) -> JSON {
    value.protoName.map { .string($0) } ?? .integer(value.rawValue)
  }

  /// A map, its keys as text and in order.
  public static func map<Key, Value>(
    _ map: [Key: Value], _ body: ((key: Key, value: Value)) -> (String, JSON)
  ) -> JSON {
    var object = JSONObject()
    let members = map.map { body((key: $0.key, value: $0.value)) }
    for (name, value) in members.sorted(by: { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }) {
      object[name] = value
    }
    return .object(object)
  }
}
