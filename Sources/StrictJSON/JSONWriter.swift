extension JSON {
  /// The value as compact JSON text, members in their order.
  public var text: String { String(decoding: utf8, as: UTF8.self) }

  /// The value as compact JSON bytes.
  public var utf8: [UInt8] {
    var output: [UInt8] = []
    write(to: &output, indent: nil, level: 0)
    return output
  }

  /// The value for people: one member a line, two blanks a level.
  public var prettyText: String {
    var output: [UInt8] = []
    write(to: &output, indent: 2, level: 0)
    return String(decoding: output, as: UTF8.self)
  }

  private func write(to output: inout [UInt8], indent: Int?, level: Int) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let digits): output.append(contentsOf: digits.utf8)
    case .string(let text): Self.write(text, to: &output)
    case .array(let elements):
      Self.write(
        elements, between: (UInt8(ascii: "["), UInt8(ascii: "]")), to: &output, indent, level
      ) { element, output in
        element.write(to: &output, indent: indent, level: level + 1)
      }
    case .object(let object):
      Self.write(
        object.members, between: (UInt8(ascii: "{"), UInt8(ascii: "}")), to: &output, indent, level
      ) { member, output in
        Self.write(member.name, to: &output)
        output.append(UInt8(ascii: ":"))
        if indent != nil { output.append(0x20) }
        member.value.write(to: &output, indent: indent, level: level + 1)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], between brackets: (UInt8, UInt8), to output: inout [UInt8], _ indent: Int?,
    _ level: Int, _ body: (Item, inout [UInt8]) -> Void
  ) {
    output.append(brackets.0)
    for (index, item) in items.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      newLine(&output, indent, level + 1)
      body(item, &output)
    }
    if !items.isEmpty { newLine(&output, indent, level) }
    output.append(brackets.1)
  }

  private static func newLine(_ output: inout [UInt8], _ indent: Int?, _ level: Int) {
    guard let indent else { return }
    output.append(0x0A)
    output.append(contentsOf: repeatElement(0x20, count: indent * level))
  }

  private static func write(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    defer { output.append(UInt8(ascii: "\"")) }
    // Bytes that nothing below begins with.
    let isPlain = text.utf8.allSatisfy {
      switch $0 {
      case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F, 0xC2, 0xD8, 0xE2, 0xEF: false
      default: true
      }
    }
    guard !isPlain else {
      output.append(contentsOf: text.utf8)
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        output.append(UInt8(ascii: "\\"))
        output.append(UInt8(ascii: scalar))
      case "\n": output.append(contentsOf: "\\n".utf8)
      case "\r": output.append(contentsOf: "\\r".utf8)
      case "\t": output.append(contentsOf: "\\t".utf8)
      case let scalar where scalar.actsOnTerminals:
        output.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] as [UInt32] {
          let digit = UInt8(truncatingIfNeeded: scalar.value >> shift & 0xF)
          output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
      default: output.append(contentsOf: scalar.utf8)
      }
    }
  }
}

extension Unicode.Scalar {
  /// Whether a terminal may act on it: control characters, and marks that turn the direction of the
  /// text around. All lie in the first plane.
  package var actsOnTerminals: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F: true
    // Directional marks, embeddings, overrides and isolates; line and paragraph separators.
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
