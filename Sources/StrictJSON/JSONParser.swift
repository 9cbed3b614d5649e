extension JSON {
  /// The deepest nesting that is read; a processor's objects stay below 20.
  public static let depthMax = 64

  /// Reads one JSON text.
  ///
  /// Stricter than RFC 8259 asks where leniency hides mistakes: a name that stands twice in an
  /// object, bytes that are not UTF-8 and lone surrogates are refused.
  /// - Throws: ``JSONError`` with the byte at fault.
  public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
    let copy = Array(bytes)
    var parser = JSONParser(bytes: copy)
    self = try parser.document()
  }
}

/// A recursive-descent reader over one text; its depth is bounded.
private struct JSONParser {
  let bytes: [UInt8]
  var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSON {
    let value = try self.value(depth: 0)
    skipBlanks()
    guard offset == bytes.count else { throw JSONError(.trailingBytes, offset: offset) }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    skipBlanks()
    switch try peek() {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    case let byte: throw JSONError(.unexpectedByte(byte), offset: offset)
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    guard depth <= JSON.depthMax else {
      throw JSONError(.tooDeep(max: JSON.depthMax), offset: offset)
    }
    offset += 1
    var object = JSONObject()
    // Of an object's first few names, which are found at once among its members, nothing is kept.
    var names: Set<String> = []
    skipBlanks()
    if try peek() == UInt8(ascii: "}") {
      offset += 1
      return .object(object)
    }
    while true {
      skipBlanks()
      let start = offset
      guard try peek() == UInt8(ascii: "\"") else {
        throw JSONError(.unexpectedByte(bytes[offset]), offset: offset)
      }
      let name = try string()
      guard isNew(name, in: object, &names) else {
        throw JSONError(.duplicateName(name), offset: start)
      }
      skipBlanks()
      try expect(UInt8(ascii: ":"))
      object.appendUnique(name: name, value: try value(depth: depth))
      skipBlanks()
      if try peek() == UInt8(ascii: "}") {
        offset += 1
        return .object(object)
      }
      try expect(UInt8(ascii: ","))
    }
  }

  /// However many there are, each is looked up in a few steps.
  private func isNew(_ name: String, in object: JSONObject, _ names: inout Set<String>) -> Bool {
    if object.members.count < 16 { return !object.members.contains { $0.name == name } }
    if names.isEmpty { names = Set(object.members.map(\.name)) }
    return names.insert(name).inserted
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSON {
    guard depth <= JSON.depthMax else {
      throw JSONError(.tooDeep(max: JSON.depthMax), offset: offset)
    }
    offset += 1
    var elements: [JSON] = []
    skipBlanks()
    if try peek() == UInt8(ascii: "]") {
      offset += 1
      return .array(elements)
    }
    while true {
      elements.append(try value(depth: depth))
      skipBlanks()
      if try peek() == UInt8(ascii: "]") {
        offset += 1
        return .array(elements)
      }
      try expect(UInt8(ascii: ","))
    }
  }

  // MARK: Scalars

  private mutating func string() throws(JSONError) -> String {
    let start = offset
    offset += 1
    let first = offset
    // Nearly every string stands in the text as it is.
    while true {
      switch try peek() {
      case UInt8(ascii: "\""):
        offset += 1
        return try text(bytes.span.extracting(first..<offset - 1), from: start)
      case UInt8(ascii: "\\"):
        return try escaped(Array(bytes[first..<offset]), from: start)
      case 0..<0x20: throw JSONError(.controlCharacter, offset: offset)
      default: offset += 1
      }
    }
  }

  /// Goes on with a string in which something is escaped.
  private mutating func escaped(_ begun: [UInt8], from start: Int) throws(JSONError) -> String {
    var bytes = begun
    while true {
      let byte = try peek()
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return try text(bytes.span, from: start)
      case UInt8(ascii: "\\"):
        offset += 1
        try escape(into: &bytes)
      case 0..<0x20: throw JSONError(.controlCharacter, offset: offset)
      default:
        bytes.append(byte)
        offset += 1
      }
    }
  }

  private func text(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> String {
    do { return String(copying: try UTF8Span(validating: bytes)) } catch {
      throw JSONError(.badUTF8, offset: start)
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let start = offset
    let letter = try peek()
    offset += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = UInt32(try hexQuad())
      if scalar >= 0xD800, scalar < 0xDC00 {
        guard try peek() == UInt8(ascii: "\\") else { throw JSONError(.badEscape, offset: start) }
        offset += 1
        guard try peek() == UInt8(ascii: "u") else { throw JSONError(.badEscape, offset: start) }
        offset += 1
        let low = UInt32(try hexQuad())
        guard low >= 0xDC00, low < 0xE000 else { throw JSONError(.badEscape, offset: start) }
        scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let unicode = Unicode.Scalar(scalar) else {
        throw JSONError(.badEscape, offset: start)
      }
      text.append(contentsOf: UTF8.encode(unicode) ?? UTF8.encodedReplacementCharacter)
    default: throw JSONError(.badEscape, offset: start)
    }
  }

  private mutating func hexQuad() throws(JSONError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      let letter = try peek()
      let digit: UInt8
      switch letter {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = letter - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = letter - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = letter - UInt8(ascii: "A") + 10
      default: throw JSONError(.badEscape, offset: offset)
      }
      value = value << 4 | UInt16(digit)
      offset += 1
    }
    return value
  }

  private mutating func number() throws(JSONError) -> String {
    let start = offset
    if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[offset - whole] != UInt8(ascii: "0") else {
      throw JSONError(.badNumber, offset: start)
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      guard digits() > 0 else { throw JSONError(.badNumber, offset: start) }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count,
        bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-")
      {
        offset += 1
      }
      guard digits() > 0 else { throw JSONError(.badNumber, offset: start) }
    }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  /// Passes over decimal digits and counts them.
  private mutating func digits() -> Int {
    let start = offset
    while offset < bytes.count, bytes[offset] >= 0x30, bytes[offset] <= 0x39 { offset += 1 }
    return offset - start
  }

  private mutating func word(_ text: String, _ value: JSON) throws(JSONError) -> JSON {
    for byte in text.utf8 { try expect(byte) }
    return value
  }

  // MARK: Bytes

  private func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw JSONError(.unexpectedEnd, offset: offset) }
    return bytes[offset]
  }

  private mutating func expect(_ byte: UInt8) throws(JSONError) {
    let found = try peek()
    guard found == byte else { throw JSONError(.unexpectedByte(found), offset: offset) }
    offset += 1
  }

  private mutating func skipBlanks() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }
}
