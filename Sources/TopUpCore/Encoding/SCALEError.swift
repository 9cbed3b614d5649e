/// Why bytes are no SCALE of what was expected; each says where.
package enum SCALEError: Error, Hashable, Sendable {
  case truncated(offset: Int)
  /// An integer in a longer form than it needs.
  case notMinimal(offset: Int)
  /// An integer that its type cannot hold.
  case tooLarge(offset: Int)
  case trailing(offset: Int)
}
