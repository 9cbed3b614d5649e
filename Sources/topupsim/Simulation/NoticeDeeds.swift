import RPCCore
import TopUpAPI
import TopUpCore

/// Notification services that read what people are to be told, are cut off, and come again with the
/// cursor that they have.
///
/// `@unchecked Sendable`: on the simulation's loop only.
final class NoticeDeeds: @unchecked Sendable {
  private let callers: [Caller]
  private let dice: Dice
  private let auditor: Auditor
  /// Whether nobody serves for so long that notices are removed before anybody has read them.
  private let outlivesNotices: Bool
  /// By the reader's name.
  private(set) var cursors: [String: Int64] = ["lister": 0, "watcher": 0]
  private var busy: Set<String> = []
  /// Which store is read: what the last one still says is none of this one's.
  private var store = 0

  init(_ callers: [Caller], _ dice: Dice, _ auditor: Auditor, outlivesNotices: Bool) {
    self.outlivesNotices = outlivesNotices
    self.callers = callers
    self.dice = dice
    self.auditor = auditor
  }

  /// One of them reads on, unless it does already.
  func read() {
    if dice.chance(percent: 50) { list() } else { watch() }
  }

  /// Both do, to the end.
  func readAll() {
    list()
    watch()
  }

  private func list() {
    guard busy.insert("lister").inserted else { return }
    let caller = dice.pick(callers)
    let asked = ListNoticesRequest(
      afterPosition: cursors["lister"] ?? 0, pageSize: Int32(dice.pick([1, 3, 200])))
    caller.call { () throws(RPCError) in
      try await caller.topUps.listNotices(asked, options: Caller.patience)
    } _: { [self, store] result in
      busy.remove("lister")
      guard store == self.store else { return }
      switch result {
      case .success(let answer):
        for notice in answer.notices { take(notice, notice.position, "lister") }
        cursors["lister"] = answer.position
        if !answer.nextPageToken.isEmpty { list() }
      case .failure(let error): refused(error, "lister")
      }
    }
  }

  private func watch() {
    guard busy.insert("watcher").inserted else { return }
    let caller = dice.pick(callers)
    let (asked, store) = (WatchNoticesRequest(afterPosition: cursors["watcher"] ?? 0), store)
    let options = CallOptions(timeout: .seconds(dice.number(1...120)), waitsForReady: true)
    caller.call { () throws(RPCError) in
      try await caller.topUps.watchNotices(asked, options: options) {
        responses async throws(RPCError) in
        while let response = try await responses.next(), store == self.store {
          self.take(response.notice, response.position, "watcher")
        }
      }
    } _: { [self, store] result in
      busy.remove("watcher")
      guard store == self.store else { return }
      if case .failure(let error) = result { refused(error, "watcher") }
    }
  }

  /// The store is another one: what a cursor of the last says means nothing in it.
  func beginAgain() {
    cursors = ["lister": 0, "watcher": 0]
    store += 1
  }

  private func take(_ notice: TopUpAPI.Notice?, _ position: Int64, _ reader: String) {
    cursors[reader] = position
    guard let notice else { return }
    let shown = StoredNotice.Shown(
      position: notice.position, topUp: notice.topUpID, text: notice.text)
    auditor.noticeWasShown(shown, to: reader)
  }

  private func refused(_ error: RPCError, _ reader: String) {
    guard error.code == .outOfRange else { return }
    // As the answer says: from the beginning of what is kept.
    if outlivesNotices { return cursors[reader] = 0 }
    guard !auditor.isRestored else { return }
    auditor.violate("45", "\(reader) cannot go on: \(error.status.message)")
  }
}
