/// What a rule asks of a text: gRFC A43's exact, prefix, suffix and presence matches.
///
/// Compared byte by byte, for two texts that look alike are two principals.
package struct TextPattern: Sendable, Hashable {
  private enum Form: Sendable, Hashable {
    case exact, prefix, suffix, present
  }

  private let form: Form
  private let bytes: [UInt8]

  /// - Parameter text: `a` for itself, `a*` and `*a` for what begins or ends so, `*` for any text
  ///   that is not empty. Nil when it is empty or has an asterisk elsewhere.
  package init?(_ text: String) {
    var bytes = Array(text.utf8)
    let asterisk = UInt8(ascii: "*")
    if bytes == [asterisk] {
      form = .present
      bytes = []
    } else if bytes.last == asterisk {
      form = .prefix
      bytes.removeLast()
    } else if bytes.first == asterisk {
      form = .suffix
      bytes.removeFirst()
    } else {
      form = .exact
      if bytes.isEmpty { return nil }
    }
    guard !bytes.contains(asterisk) else { return nil }
    self.bytes = bytes
  }

  /// Whether a text is of the pattern.
  package func matches(_ text: String) -> Bool {
    let span = text.utf8.span
    return matches(count: span.count) { span[$0] }
  }

  /// Whether a method's `:path` is of the pattern; without building that path for each call.
  package func matches(service: String, method: String) -> Bool {
    let slash = UInt8(ascii: "/")
    let (head, tail) = (service.utf8.span, method.utf8.span)
    return matches(count: head.count + tail.count + 2) { position in
      if position > head.count + 1 { return tail[position - head.count - 2] }
      return position == 0 || position > head.count ? slash : head[position - 1]
    }
  }

  @inline(__always)
  private func matches(count: Int, _ byte: (Int) -> UInt8) -> Bool {
    let start: Int
    switch form {
    case .present: return count > 0
    case .exact:
      guard count == bytes.count else { return false }
      start = 0
    case .prefix:
      guard count >= bytes.count else { return false }
      start = 0
    case .suffix:
      guard count >= bytes.count else { return false }
      start = count - bytes.count
    }
    // From the end: paths and SPIFFE ids begin alike and differ late.
    var index = bytes.count - 1
    while index >= 0 {
      if byte(start + index) != bytes[index] { return false }
      index -= 1
    }
    return true
  }
}
