/// A notice as it is kept.
package struct StoredNotice: Sendable, Hashable {
  /// Rises with each notice of the store; never given twice.
  package var position: Int64
  package var notice: Notice
  package var at: UnixTime

  package init(position: Int64, notice: Notice, at: UnixTime) {
    self.position = position
    self.notice = notice
    self.at = at
  }
}

package struct NoticeQuery: Sendable, Hashable {
  package var after: Int64
  package var account: AccountKey?
  /// Only those for payers of one of these tenants; nil for everybody's.
  package var tenants: [String]?
  package var limit: Int

  package init(
    after: Int64 = 0, account: AccountKey? = nil, tenants: [String]? = nil, limit: Int
  ) {
    self.after = after
    self.account = account
    self.tenants = tenants
    self.limit = limit
  }
}

/// The positions of the notices that are kept.
package struct NoticeRange: Sendable, Hashable {
  /// 0 where there are none.
  package var oldest: Int64
  package var newest: Int64

  package init(oldest: Int64, newest: Int64) {
    self.oldest = oldest
    self.newest = newest
  }

  /// Why nobody can go on from a cursor; nil where nothing lies between that is not kept.
  package func objection(to cursor: Int64) -> String? {
    if cursor > newest {
      return "there is no notice \(cursor) yet, the last is \(newest): the cursor is another "
        + "store's, or an older copy of this one is in its place"
    }
    guard cursor > 0, cursor < oldest - 1 else { return nil }
    return "notices after \(cursor) are not kept any more, the oldest is \(oldest): begin at 0 and "
      + "read the top-ups themselves for what lies between"
  }
}
