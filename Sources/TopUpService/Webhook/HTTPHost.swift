/// The value of a Host field: a name or address, and perhaps a port (RFC 9110 §7.2).
struct HTTPHost: Hashable, Sendable {
  /// As it came, in lower case.
  let whole: [UInt8]
  /// Without the port.
  let name: [UInt8]

  /// - Returns: nil when the bytes have another shape; an empty name is such.
  init?(_ value: [UInt8]) {
    whole = value.map(HTTPBytes.lowercased)
    let portColon: Int?
    if whole.first == UInt8(ascii: "[") {
      guard let end = whole.firstIndex(of: UInt8(ascii: "]")), end > 1 else { return nil }
      guard whole[1..<end].allSatisfy(Self.isOfAddress) else { return nil }
      guard end + 1 == whole.endIndex || whole[end + 1] == UInt8(ascii: ":") else { return nil }
      portColon = end + 1 == whole.endIndex ? nil : end + 1
    } else {
      portColon = whole.firstIndex(of: UInt8(ascii: ":"))
      let name = whole[..<(portColon ?? whole.endIndex)]
      guard !name.isEmpty, name.allSatisfy(Self.isOfName) else { return nil }
    }
    if let portColon {
      let port = whole[(portColon + 1)...]
      guard (1...5).contains(port.count), port.allSatisfy(HTTPBytes.isDigit) else { return nil }
    }
    name = Array(whole[..<(portColon ?? whole.endIndex)])
  }

  /// Names as DNS and clusters have them, and IPv4 addresses: less than RFC 3986's reg-name,
  /// whose further characters no configured host has.
  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isOfAddress(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: ":"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
