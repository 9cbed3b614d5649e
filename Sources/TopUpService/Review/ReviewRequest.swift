internal import TopUpCore

/// An operator's call on a top-up that waits for a person.
struct ReviewRequest: Sendable, Hashable {
  var caller: String
  /// Who the call proved to be; nil where callers prove nothing.
  var provenCaller: String?
  var key: String
  var id: TopUpID
  /// The version that was looked at; 0 for whatever it is now.
  var expected: Int64
  var action: ReviewAction

  /// Everything but the key.
  var digest: [UInt8] {
    var digest = RequestDigest("ActOnReviewItem")
    digest.add(id.rawValue)
    digest.add(expected)
    digest.add(action.verb.name)
    if let evidence = action.verb.evidence { digest.add(evidence) }
    digest.add(action.actor)
    digest.add(action.reason)
    return digest.finish()
  }
}
