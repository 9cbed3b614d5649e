/// What a rule's calendar says at a look.
package struct ScheduleView: Sendable, Hashable {
  /// The oldest occurrence that has no answer yet.
  package var due: Occurrence?
  /// When the account falls due by its calendar; nil without one.
  package var next: UnixTime?

  package init(due: Occurrence? = nil, next: UnixTime? = nil) {
    self.due = due
    self.next = next
  }

  package static let none = ScheduleView()
}
