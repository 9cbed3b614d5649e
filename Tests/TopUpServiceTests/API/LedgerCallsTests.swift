import Dispatch
import RPCCore
import RPCTransport
import Testing
import TopUpAPI
import TopUpCore
import TopUpStore

@testable import TopUpService

/// The calls that look back over the ledger.
@Suite struct LedgerCallsTests {
  private static let user = TopUpCore.CreditsAccount(tenant: "acme", user: "u1")
  private static let account = Account(
    kind: .credits(TopUpAPI.CreditsAccount(tenant: "acme", user: "u1")))

  /// A service over a store with three entries, the second of them another account's.
  private func serving(
    _ body: (GuardedGround, StoreFile) async throws -> Void
  ) async throws {
    let temporary = try TemporaryStore()
    let other = TopUpCore.CreditsAccount(tenant: "acme", user: "u2")
    for (account, amount) in [(Self.user, 2_500), (other, 700), (Self.user, 40)] {
      let entry = Entry(
        topUp: nil, "charge captured",
        Entry.move(
          Int128(amount), from: .held(.credits(account), .usd), to: .processor(.usd)))
      try await temporary.store.commit(
        Commit(now: CreatorGround.now, fence: temporary.store.fence, [.post(entry)]))
    }
    let ground = try await GuardedGround(nil, over: temporary.store)
    do { try await body(ground, temporary.store) } catch {
      await ground.close()
      throw error
    }
    await ground.close()
  }

  private let options = CallOptions(timeout: .seconds(20))

  @Test func `a sound ledger verifies, and holds its own head`() async throws {
    try await serving { ground, _ in
      let admin = AdminClient(ground.channel)
      let head = try await admin.getLedgerHead(GetLedgerHeadRequest(), options: options)
      #expect(head.position == 3 && head.digest.count == 32)
      let verdict = try await admin.verifyLedger(
        VerifyLedgerRequest(headPosition: 3, headDigest: head.digest), options: options)
      #expect(verdict.faults == [] && !verdict.moreFaults)
      #expect(verdict.entries == 3 && verdict.headDigest == head.digest)
    }
  }

  @Test func `a head that the ledger does not hold is a fault, and half a head is refused`()
    async throws
  {
    try await serving { ground, _ in
      let admin = AdminClient(ground.channel)
      let other = [UInt8](repeating: 7, count: 32)
      let verdict = try await admin.verifyLedger(
        VerifyLedgerRequest(headPosition: 9, headDigest: other), options: options)
      #expect(verdict.faults == ["entry 9: was exported as the head, and is not there"])
      for (position, digest) in [(0, other), (3, [1, 2]), (3, []), (-1, other)] {
        let request = VerifyLedgerRequest(headPosition: Int64(position), headDigest: digest)
        do throws(RPCError) {
          _ = try await admin.verifyLedger(request, options: options)
          Issue.record("\(position) and \(digest) are taken")
        } catch { #expect(error.code == .invalidArgument) }
      }
    }
  }

  @Test func `balances at a position are those that its entry left`() async throws {
    try await serving { ground, _ in
      let balances = BalanceClient(ground.channel)
      for (position, units, last) in [(1, "-2500", 1), (2, "-2500", 1), (3, "-2540", 3)] {
        let found = try await balances.getLedgerBalances(
          GetLedgerBalancesRequest(account: Self.account, position: Int64(position)),
          options: options)
        #expect(found.position == position)
        #expect(found.balances.map(\.balance) == [units])
        #expect(found.balances.map(\.position) == [Int64(last)])
        #expect(found.balances.map(\.asset) == ["USD"])
      }
      let latest = try await balances.getLedgerBalances(
        GetLedgerBalancesRequest(account: Self.account), options: options)
      #expect(latest.position == 3 && latest.balances.map(\.balance) == ["-2540"])
      await #expect(throws: RPCError.self) {
        _ = try await balances.getLedgerBalances(
          GetLedgerBalancesRequest(account: Self.account, position: 4), options: options)
      }
    }
  }

  @Test func `entries between two positions, page by page`() async throws {
    try await serving { ground, store in
      let balances = BalanceClient(ground.channel)
      for (from, to, expected) in [
        (0, 0, [3, 1]), (1, 2, [1]), (2, 0, [3]), (2, 2, []), (1, 3, [3, 1]), (4, 0, []),
      ] {
        var (found, token) = ([Int64](), "")
        repeat {
          let page = try await balances.listEntries(
            ListEntriesRequest(
              account: Self.account, pageSize: 1, pageToken: token, fromPosition: Int64(from),
              toPosition: Int64(to)), options: options)
          found += page.entries.map(\.position)
          token = page.nextPageToken
        } while !token.isEmpty && found.count < 5
        #expect(found == expected.map { Int64($0) }, "\(from) to \(to)")
      }
    }
  }

  @Test func `a long read does not hold up the loop that asked for it`() async throws {
    let temporary = try TemporaryStore()
    let reads = LongReads(temporary.store)
    let loop = try EpollLoop(name: "calls")
    let gate = DispatchSemaphore(value: 0)
    let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
    let slow = Task(executorPreference: loop.tasks) {
      try await reads.look { _ throws(StoreError) in
        beginning.finish()
        return gate.wait(timeout: .now() + 100) == .success
      }
    }
    for await _ in begun {}
    // Another call of the same loop, served while the read goes on.
    let other = Task(executorPreference: loop.tasks) { gate.signal() }
    _ = await other.value
    #expect(try await slow.value)
    loop.stop()
  }

  @Test func `a verification whose caller has gone ends, and is no verdict`() async throws {
    try await serving { _, store in
      var asked = 0
      #expect(throws: StoreError.unavailable("the verification was given up")) {
        try store.read { snapshot throws(StoreError) in
          try snapshot.verdict(against: nil) {
            asked += 1
            return asked < 2
          }
        }
      }
    }
  }
}
