/// A text that equals only its very bytes.
///
/// Swift's own texts are equal when they are canonically equivalent (UAX #15): K is the same as the sign
/// of Kelvin. To the store two such names are two, and so whatever a name stands for, a tenant, a user, a
/// source, is told apart by its bytes.
package struct ExactText: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral text: String) { self.text = text }

  package var description: String { text }

  package static func == (left: Self, right: Self) -> Bool { left.text.isExactly(right.text) }

  package func hash(into hasher: inout Hasher) { text.hashExactly(into: &hasher) }
}

extension String {
  /// Whether both are the same bytes.
  package func isExactly(_ other: String) -> Bool {
    // Texts of the same bytes are equal to Swift too, which sees that at once.
    self == other && utf8.elementsEqual(other.utf8)
  }

  package func hashExactly(into hasher: inout Hasher) {
    var text = self
    text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xFF))
  }
}
