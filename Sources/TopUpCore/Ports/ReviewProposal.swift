/// What one person wants done with a top-up that waits for a person, until another agrees to it. It
/// is of the top-up as it was then: once that has moved, nobody can agree to it any more.
package struct ReviewProposal: Proposal, Hashable {
  package var topUp: TopUpID
  package var version: Int64
  /// As ``ReviewAction/Verb/name`` has it.
  package var verb: String
  package var actor: String
  /// Who the call proved to be; nil where callers prove nothing.
  package var caller: String?
  package var reason: String
  package var at: UnixTime

  package init(
    topUp: TopUpID, version: Int64, verb: String, actor: String, caller: String?, reason: String,
    at: UnixTime
  ) {
    self.topUp = topUp
    self.version = version
    self.verb = verb
    self.actor = actor
    self.caller = caller
    self.reason = reason
    self.at = at
  }
}
