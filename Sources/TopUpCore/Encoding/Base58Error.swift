/// A character that Base58 does not have.
package struct Base58Error: Error, Hashable {
  package let character: Character
  /// Counted from 1.
  package let position: Int
}
