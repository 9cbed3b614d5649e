/// Header fields are compared as bytes: most are looked at once and never become text.
extension Span where Element == UInt8 {
  @inline(__always)
  package func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && holds(text, at: 0)
  }

  @inline(__always)
  package func starts(with text: StaticString) -> Bool { holds(text, at: 0) }

  @inline(__always)
  package func ends(with text: StaticString) -> Bool {
    holds(text, at: count - text.utf8CodeUnitCount)
  }

  @inline(__always)
  package func holds(_ text: StaticString, at start: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard start >= 0, start + length <= count else { return false }
    return text.withUTF8Buffer { letters in
      for index in 0..<length where self[start + index] != letters[index] { return false }
      return true
    }
  }

  /// Whether every byte is in 0x20...0x7E, as metadata text must be.
  package var isPrintableASCII: Bool {
    for index in 0..<count where self[index] < 0x20 || self[index] > 0x7E { return false }
    return true
  }

  /// `application/grpc`, alone or before `+` or `;` (PROTOCOL-HTTP2, "Content-Type").
  package var isGRPCContentType: Bool {
    let prefix: StaticString = "application/grpc"
    guard starts(with: prefix) else { return false }
    let length = prefix.utf8CodeUnitCount
    return count == length || self[length] == UInt8(ascii: "+")
      || self[length] == UInt8(ascii: ";")
  }

  /// Whether a comma-separated list names a token.
  package func listHolds(_ token: StaticString) -> Bool {
    var start = 0
    for index in 0...count where index == count || self[index] == UInt8(ascii: ",") {
      var first = start
      var last = index
      while first < last, self[first] == 0x20 { first += 1 }
      while last > first, self[last - 1] == 0x20 { last -= 1 }
      if last - first == token.utf8CodeUnitCount, holds(token, at: first) { return true }
      start = index + 1
    }
    return false
  }
}

extension [UInt8] {
  @inline(__always)
  package mutating func append(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
  }
}
