/// What one person wants done until another agrees to it.
package protocol Proposal: Sendable {
  var actor: String { get }
  /// Who the call proved to be; nil where callers prove nothing.
  var caller: String? { get }
}

extension Proposal {
  /// Whether somebody else may agree to it: another name, and where callers prove who they are,
  /// another caller too, for a name alone is only claimed.
  package func mayBeSeconded(by actor: String, caller: String?) -> Bool {
    self.actor != actor && (caller == nil || caller != self.caller)
  }
}
