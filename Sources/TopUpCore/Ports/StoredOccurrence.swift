/// The durable answer to an occurrence.
package struct StoredOccurrence: Sendable, Hashable {
  package var name: String
  package var moment: UnixTime
  /// The episode that it began or joined; nil where it was let go.
  package var episode: Int64?

  package init(name: String, moment: UnixTime, episode: Int64?) {
    self.name = name
    self.moment = moment
    self.episode = episode
  }
}
