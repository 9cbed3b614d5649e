import RPCClient
import RPCCore
import Synchronization
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// Notices over the wire: pages, streams, cursors and whose they are (invariant 45).
@Suite struct NoticeCallsTests {
  private static let bindings = """
    {"name": "t", "bindings": [
      {"name": "all", "principals": ["ops"], "tenants": ["*"], "clusters": ["*"],
       "sources": ["*"], "service": true},
      {"name": "one", "principals": ["one"], "tenants": ["acme"], "clusters": ["*"]}]}
    """

  private struct Ground {
    let temporary: TemporaryStore
    let guarded: GuardedGround
    var client: TopUpClient { TopUpClient(guarded.channel) }
    static let account = AccountKey.credits(CreditsAccount(tenant: "acme", user: "u"))

    init() async throws {
      temporary = try TemporaryStore()
      let store = temporary.store
      guarded = try await GuardedGround(
        try Bindings(parsing: Array(NoticeCallsTests.bindings.utf8)), over: store,
        fence: store.fence)
    }

    /// Keeps a notice of each of these episodes, for a tenant, and rings for it.
    func tell(
      _ episodes: ClosedRange<Int64>, tenant: String = "acme", rings: Bool = true,
      at now: UnixTime = CreatorGround.now
    ) async throws {
      let changes = episodes.map { episode in
        Change.tell(
          Notice(
            .capReached, account: Self.account, payer: Payer(tenant: tenant, user: "u"),
            occasion: .episode(episode), text: "episode \(episode)"))
      }
      try await temporary.store.commit(
        Commit(now: now, fence: temporary.store.fence, changes))
      if rings { guarded.feed.ring(after: changes) }
    }
  }

  private func serving(_ body: (Ground) async throws -> Void) async throws {
    let ground = try await Ground()
    do { try await body(ground) } catch {
      await ground.guarded.close()
      throw error
    }
    await ground.guarded.close()
  }

  private func refusal(_ body: () async throws(RPCError) -> Void) async -> RPCError? {
    do throws(RPCError) {
      try await body()
      return nil
    } catch { return error }
  }

  @Test func `pages go from the cursor to the end, and say where to come again (45)`() async throws
  {
    try await serving { ground in
      try await ground.tell(1...5)
      let options = try GuardedGround.options("ops")
      var (seen, token, pages): ([Int64], String, Int) = ([], "", 0)
      repeat {
        let page = try await ground.client.listNotices(
          ListNoticesRequest(pageSize: 2, pageToken: token), options: options)
        seen += page.notices.map(\.position)
        token = page.nextPageToken
        pages += 1
        #expect(page.position == seen.last)
      } while !token.isEmpty && pages < 9
      #expect(seen == [1, 2, 3, 4, 5] && pages == 3)
      let first = try await ground.client.listNotices(ListNoticesRequest(), options: options)
      #expect(first.notices.first?.kind == .capReached && first.notices.first?.episode == 1)
      #expect(first.notices.first?.payer?.tenant == "acme")
      #expect(first.notices.first?.account?.kind != nil && first.notices.first?.at != nil)
    }
  }

  @Test func `a watcher who comes again with its cursor sees each exactly once (45)`() async throws
  {
    try await serving { ground in
      let options = try GuardedGround.options("ops")
      // More than is read of the store at a time.
      try await ground.tell(1...250)
      var (seen, cursor): ([Int64], Int64) = ([], 0)
      for _ in 0..<4 {
        let request = WatchNoticesRequest(afterPosition: cursor)
        let part = Mutex<[Int64]>([])
        try await ground.client.watchNotices(request, options: options) {
          responses async throws(RPCError) in
          var isOn = true
          while isOn, let notice = try await responses.next()?.notice {
            isOn = part.withLock {
              $0.append(notice.position)
              return $0.count < 70
            }
          }
        }
        seen += part.withLock { $0 }
        cursor = seen.last ?? 0
      }
      #expect(seen == Array(1...250))
    }
  }

  @Test func `what is told while it is watched comes at once, after the end was shown (45)`()
    async throws
  {
    try await serving { ground in
      let options = try GuardedGround.options("one")
      try await ground.tell(1...1)
      try await ground.tell(2...2, tenant: "other")
      try await ground.client.watchNotices(WatchNoticesRequest(), options: options) {
        responses async throws(RPCError) in
        #expect(try await responses.next()?.notice?.position == 1)
        let end = try await responses.next()
        #expect(end?.notice == nil && end?.position == 2)
        do {
          try await ground.tell(3...3, tenant: "other")
          try await ground.tell(4...4)
        } catch { throw RPCError(.internal, "\(error)") }
        // Another tenant's is passed over without a word.
        #expect(try await responses.next()?.notice?.position == 4)
      }
      // Where nothing is told, the end is.
      try await ground.client.watchNotices(
        WatchNoticesRequest(afterPosition: 4), options: options
      ) { responses async throws(RPCError) in
        let end = try await responses.next()
        #expect(end?.notice == nil && end?.position == 4)
      }
    }
  }

  @Test func `others' notices move the cursor of who sees none of them (45)`() async throws {
    try await serving { ground in
      let options = try GuardedGround.options("one")
      try await ground.tell(1...300, tenant: "other", rings: false)
      let listed = try await ground.client.listNotices(ListNoticesRequest(), options: options)
      #expect(listed.notices == [] && listed.position == 300)
      try await ground.client.watchNotices(
        WatchNoticesRequest(), options: options
      ) { responses async throws(RPCError) in
        #expect(try await responses.next()?.position == 300)
        do { try await ground.tell(301...600, tenant: "other") } catch {
          throw RPCError(.internal, "\(error)")
        }
        let passed = try await responses.next()
        #expect(passed?.notice == nil && passed?.position == 600)
      }
    }
  }

  @Test func `a cursor that misses something is refused, and says what is kept (45)`() async throws
  {
    try await serving { ground in
      try await ground.tell(1...8)
      try await ground.tell(
        9...9, at: CreatorGround.now.advanced(by: NoticeLimits.retention + .seconds(1)))
      let options = try GuardedGround.options("ops")
      for cursor: Int64 in [3, 10] {
        let listed = await refusal { () async throws(RPCError) in
          _ = try await ground.client.listNotices(
            ListNoticesRequest(afterPosition: cursor), options: options)
        }
        #expect(listed?.code == .outOfRange)
        let watched = await refusal { () async throws(RPCError) in
          try await ground.client.watchNotices(
            WatchNoticesRequest(afterPosition: cursor), options: options
          ) { responses async throws(RPCError) in _ = try await responses.next() }
        }
        #expect(watched?.code == .outOfRange)
      }
      let negative = await refusal { () async throws(RPCError) in
        _ = try await ground.client.listNotices(
          ListNoticesRequest(afterPosition: -1), options: options)
      }
      #expect(negative?.code == .invalidArgument)
      #expect(negative?.status.message.contains("after_position") == true)
    }
  }
}
