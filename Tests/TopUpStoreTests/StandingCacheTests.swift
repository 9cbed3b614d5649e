import Synchronization
import TestSupport
import Testing
import TopUpCore

@testable import TopUpStore

/// Balances that are kept in memory. In these builds every answer out of it is also held against the
/// file's.
@Suite struct StandingCacheTests {
  private let commits = CommitCount()

  private static func account(_ number: Int) throws -> DDCAccount {
    var owner = [UInt8](repeating: 7, count: 32)
    for byte in 0..<8 { owner[24 + byte] = UInt8(truncatingIfNeeded: number >> (byte * 8)) }
    return DDCAccount(
      cluster: try #require(ClusterID([UInt8](repeating: 1, count: 20))),
      owner: try #require(AccountID32(owner)))
  }

  private static func standing(_ number: Int) -> BalanceStanding {
    BalanceStanding(
      reading: KnownReading(
        active: Int128(number), total: .max - Int128(number), exists: true,
        block: BlockReference(
          number: UInt64(number), hash: Hex.prefixedText([UInt8](repeating: 0xAB, count: 32))),
        readAt: UnixTime(milliseconds: -Int64(number))),
      claim: nil, inFlight: [])
  }

  @Test func `what is kept is found whole, and only what is kept`() throws {
    let cache = StandingCache(accounts: 4_096, commits: commits)
    #expect(cache.standing(of: try Self.account(0), asOf: 0) == nil)
    // Twice, for it grows meanwhile.
    for number in 0..<2_000 {
      cache.keep(Self.standing(number % 1_000), of: try Self.account(number % 1_000), asOf: 0)
    }
    for number in 0..<1_000 {
      let found = cache.standing(of: try Self.account(number), asOf: 0)
      // A full set gave one away; it is never another's.
      if let found { #expect(found == Self.standing(number)) }
    }
    let found = try (0..<1_000).count {
      cache.standing(of: try Self.account($0), asOf: 0) != nil
    }
    #expect(found > 900)
    #expect(cache.standing(of: try Self.account(1_000), asOf: 0) == nil)
  }

  @Test func `more than there is room for gives the others' places away`() throws {
    let cache = StandingCache(accounts: 4_096, commits: commits)
    for number in 0..<20_000 {
      cache.keep(Self.standing(number), of: try Self.account(number), asOf: 0)
      #expect(cache.standing(of: try Self.account(number), asOf: 0) == Self.standing(number))
    }
    let left = try (0..<20_000).count {
      cache.standing(of: try Self.account($0), asOf: 0) != nil
    }
    #expect(left > 4_000 && left <= 4_096)
  }

  @Test func `a view that is not the newest keeps nothing and finds nothing`() throws {
    let cache = StandingCache(accounts: 64, commits: commits)
    let account = try Self.account(1)
    cache.keep(Self.standing(1), of: account, asOf: 0)
    commits.raise(to: 1)
    #expect(cache.standing(of: account, asOf: 0) == nil)
    cache.keep(Self.standing(2), of: account, asOf: 0)
    #expect(cache.standing(of: account, asOf: 1) == Self.standing(1))
  }

  @Test func `what a commit touches is forgotten, and nothing else`() throws {
    let cache = StandingCache(accounts: 64, commits: commits)
    let (one, other) = (try Self.account(1), try Self.account(2))
    cache.keep(Self.standing(1), of: one, asOf: 0)
    cache.keep(Self.standing(2), of: other, asOf: 0)
    cache.raise(
      to: 1,
      forgetting: Group(
        .setKillSwitch(true, actor: "ops"),
        .evaluate(.ddc(one), due: UnixTime(milliseconds: 0), claim: nil)))
    #expect(cache.standing(of: one, asOf: 1) == nil)
    #expect(cache.standing(of: other, asOf: 1) == Self.standing(2))
    cache.raise(to: 2, forgetting: Group(.evaluateSkipped([.storeBehind], tenant: nil)))
    #expect(cache.standing(of: other, asOf: 2) == nil)
    cache.keep(Self.standing(3), of: other, asOf: 2)
    #expect(cache.standing(of: other, asOf: 2) == Self.standing(3))
  }

  /// A commit, and others before it that touch nothing.
  private struct Group: CommitGroup {
    let last: Commit
    let others = Commit(
      now: Ground.now, fence: 1, [.setKillSwitch(true, actor: "ops")])
    var count = 1

    init(_ changes: Change...) { last = Commit(now: Ground.now, fence: 1, changes) }

    func commit(at place: Int) -> Commit { place == count - 1 ? last : others }
  }

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  @Test func `who counts a group already finds nothing from before it`() async throws {
    let cache = StandingCache(accounts: 64, commits: commits)
    let account = try Self.account(1)
    let touch = {
      var group = Group(.evaluate(.ddc(account), due: UnixTime(milliseconds: 0), claim: nil))
      group.count = 2_000
      return group
    }()
    let rounds = 200
    let isLooking = Flag()
    async let found = OwnThread.run { [commits] in
      var older = 0
      while commits.value < rounds {
        let count = commits.value
        let found = cache.standing(of: account, asOf: count)
        if let found, found.reading?.active != Int128(count) { older += 1 }
        isLooking.isSet.store(true, ordering: .releasing)
      }
      return older
    }
    while !isLooking.isSet.load(ordering: .acquiring) { await Task.yield() }
    for count in 0..<rounds {
      cache.keep(Self.standing(count), of: account, asOf: UInt64(count))
      cache.raise(to: UInt64(count) + 1, forgetting: touch)
    }
    let older = await found
    #expect(older == 0)
  }

  @Test func `an account that does not rest is read from the file`() throws {
    let cache = StandingCache(accounts: 64, commits: commits)
    let account = try Self.account(1)
    var standing = Self.standing(1)
    standing.reading?.block.hash = "0xAB"
    cache.keep(standing, of: account, asOf: 0)
    standing = Self.standing(1)
    standing.claim = Sample.claim(.low)
    cache.keep(standing, of: account, asOf: 0)
    standing = Self.standing(1)
    standing.inFlight = [Sample.topUp("1")]
    cache.keep(standing, of: account, asOf: 0)
    standing.reading = nil
    cache.keep(standing, of: account, asOf: 0)
    #expect(cache.standing(of: account, asOf: 0) == nil)
  }

  /// One account that all look at while it changes: what is kept is never taken for what a commit on
  /// its way has made of it.
  @Test func `a balance never goes back, however many look while it is written`() async throws {
    let directory = try StoreDirectory()
    let store = try directory.open()
    let key = Sample.ddc(1)
    @Sendable func write(_ round: Int) async throws {
      var state = Sample.state(version: Int64(round))
      state.reading = Self.standing(round).reading
      try await store.commit(.putAccount(key, state))
    }
    try await write(1)
    let isOver = Flag()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<3 {
        group.addTask {
          try await OwnThread.run {
            Result {
              var (last, wentBack) = (Int128(1), 0)
              while !isOver.isSet.load(ordering: .acquiring) {
                let seen = try store.look { try $0.balanceStanding(of: key) }.reading
                if seen?.active ?? 0 < last { wentBack += 1 }
                last = seen?.active ?? 0
              }
              return wentBack
            }
          }.get()
        }
      }
      group.addTask {
        defer { isOver.isSet.store(true, ordering: .releasing) }
        for round in 2...200 { try await write(round) }
        return 0
      }
      let wentBack = try await group.reduce(0, +)
      #expect(wentBack == 0)
    }
  }

  /// Writers of readings, claims and top-ups beside readers: nobody sees anything older than what was
  /// answered.
  @Test func `every balance is as it was answered last, while many write`() async throws {
    let directory = try StoreDirectory()
    let store = try directory.open()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 1...4 {
        group.addTask {
          let key = Sample.ddc(UInt8(writer))
          for round in 1...100 {
            var state = Sample.state(version: Int64(round))
            state.reading = Self.standing(round).reading
            try await store.commit(.putAccount(key, state))
            for _ in 0..<3 {
              let seen = try store.look { try $0.balanceStanding(of: key) }
              #expect(seen.reading?.active == Int128(round))
            }
            if round % 10 == 0 {
              try await store.commit(.evaluate(key, due: Ground.now, claim: Sample.claim(.low)))
              #expect(try store.look { try $0.balanceStanding(of: key) }.claim != nil)
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
