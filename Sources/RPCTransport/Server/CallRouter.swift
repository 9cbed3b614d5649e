package import RPCCore

/// Finds the method that serves a path.
package protocol CallRouter: AnyObject, Sendable {
  /// - Parameter path: the `:path` of a call, such as `/topup.v1.Balance/GetBalance`.
  /// - Returns: nil when nothing is served there.
  func method(at path: Span<UInt8>) -> RPCMethod?
}
