/// How often a webhook event that cannot be applied is tried again, and when: longer and longer
/// pauses, for about a day. What cannot be applied by then is left to a person (invariant 35);
/// what it tells is found out by polls and comparisons all the same (invariant 39).
package struct InboxPatience: Sendable, Hashable {
  /// After the first try; each later pause is twice the one before, up to the longest.
  package var firstPause = Duration.seconds(30)
  package var longestPause = Duration.seconds(600)
  /// Above zero.
  package var triesMax = 150

  package init() {}

  /// - Parameter tries: those that have failed, the present one among them.
  /// - Returns: when it is tried next; nil when it was tried as often as it may be.
  package func next(afterTries tries: Int, at now: UnixTime) -> UnixTime? {
    guard tries < triesMax else { return nil }
    var pause = firstPause
    for _ in 1..<max(1, min(tries, 64)) where pause < longestPause { pause = pause * 2 }
    return now.advanced(by: min(pause, longestPause))
  }
}
