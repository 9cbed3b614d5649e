/// One moment of a line of the calendar. It is answered once, whatever is restarted, set back or
/// edited: by the episode that it begins, or by a reason (invariant 3).
package struct Occurrence: Sendable, Hashable {
  /// How long it is caught up with while nothing has begun for it.
  package static let openFor = Duration.seconds(86_400)
  /// How long its episode goes on trying: the waits after declines come to 31 hours (invariant 18).
  static let triedFor = Duration.seconds(3 * 86_400)

  /// Unique in its account, made of the calendar alone, such as `2026-02 day 31 at 09:30`.
  package var name: String
  package var moment: UnixTime
  package var amount: Money
  /// Whether the episode that is open began for it.
  package var isBegun: Bool

  package init(name: String, moment: UnixTime, amount: Money, isBegun: Bool = false) {
    self.name = name
    self.moment = moment
    self.amount = amount
    self.isBegun = isBegun
  }

  /// Until when a charge may begin for it.
  package var lapses: UnixTime { moment.advanced(by: isBegun ? Self.triedFor : Self.openFor) }
}
