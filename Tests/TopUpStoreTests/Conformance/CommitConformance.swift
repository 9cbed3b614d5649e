import Testing
import TopUpCore

@Suite struct CommitConformance {
  @Test(arguments: StoreKind.allCases)
  func `a commit whose last change is refused leaves nothing`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let topUp = Sample.topUp("1")
    let before = try ground.read { try $0.settings() }
    let conflict = try await ground.conflict(
      .beginTopUp(topUp, cause: "decided"),
      .reserve(topUp.id, [Sample.window("day", count: 1)], minorUnits: 5),
      .post(Sample.charged(topUp, topUp.account)),
      .putAccount(topUp.account, Sample.state(version: 1)),
      .putPolicy(Sample.policy(topUp.account, version: 1), expected: 0),
      .evaluate(topUp.account, due: Ground.now, claim: Sample.claim(.low)),
      .putCard(Sample.storedCard("a", rank: 0)),
      .openBreaker(topUp.account, fingerprint: "f", reason: "r"),
      .advanceSource(SourceID(name: "s", epoch: 1), from: 0, to: 4),
      .receiveInbox(Sample.inbox("evt_1")),
      .setKillSwitch(true, actor: "ops"),
      .rememberRequest(StoredRequest(caller: "c", key: "k", digest: [], result: "r")),
      .rememberRequest(StoredRequest(caller: "c", key: "k", digest: [], result: "r")))
    #expect(conflict == .keyUsed)
    try ground.read { snapshot throws in
      #expect(try snapshot.topUp(topUp.id) == nil)
      #expect(try snapshot.capUse("day").count == 0)
      #expect(try snapshot.head().position == 0)
      #expect(
        try snapshot.account(topUp.account)
          == StoredAccount(policy: nil, state: AccountState(), claim: nil, evaluation: nil))
      #expect(try snapshot.card(PaymentMethodID("pm_a")) == nil)
      #expect(try snapshot.openBreakers(topUp.account) == [])
      #expect(try snapshot.sourceHighWater(SourceID(name: "s", epoch: 1)) == 0)
      #expect(try snapshot.counts() == StoreCounts(unfinished: 0, inReview: 0, inboxWaiting: 0))
      #expect(try snapshot.settings() == before)
      #expect(try snapshot.request(caller: "c", key: "k") == nil)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a thousand commits at once are each answered, in one order`(_ kind: StoreKind) async throws
  {
    let ground = try Ground(kind)
    let account = Sample.ddc(1)
    let refused = await withTaskGroup(of: StoreError?.self) { group in
      for number in 0..<1_000 {
        group.addTask {
          // Every tenth key comes twice: one of the two is refused.
          let key = number % 10 == 1 ? number - 1 : number
          let commit = Commit(
            now: Ground.now, fence: ground.fence,
            [
              .post(Sample.charged(nil, account, 1)),
              .rememberRequest(
                StoredRequest(caller: "c", key: "\(key)", digest: [], result: "")),
            ])
          return await ground.error(of: commit)
        }
      }
      return await group.compactMap(\.self).reduce(into: []) { $0.append($1) }
    }
    #expect(refused == Array(repeating: StoreError.conflict(.keyUsed), count: 100))
    #expect(try ground.read { try $0.head() }.position == 900)
    let entries = try ground.read { try $0.entries(of: account, before: nil, limit: 2_000) }
    #expect(entries.map(\.position) == (1...900).reversed().map { Int64($0) })
    #expect(entries.map(\.legs[0].balanceAfter) == (1...900).reversed().map { Int128($0) })
  }

  @Test(arguments: StoreKind.allCases)
  func `of many who want an account's one place, one gets it`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let refused = await withTaskGroup(of: StoreError?.self) { group in
      for number in 0..<50 {
        group.addTask {
          let begin = Change.beginTopUp(Sample.topUp("\(number)"), cause: "decided")
          return await ground.error(of: Commit(now: Ground.now, fence: ground.fence, [begin]))
        }
      }
      return await group.compactMap(\.self).reduce(into: []) { $0.append($1) }
    }
    #expect(refused == Array(repeating: StoreError.conflict(.inFlight), count: 49))
    #expect(try ground.read { try $0.inFlight(Sample.ddc(7)) }.count == 1)
  }

  @Test(arguments: StoreKind.allCases)
  func `a commit under an older fence is refused`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let change = Change.setKillSwitch(true, actor: "ops")
    let old = Commit(now: Ground.now, fence: ground.fence - 1, [change])
    #expect(await ground.error(of: old) == .conflict(.fenced))
    #expect(try ground.read { try $0.settings() }.isKillSwitchOn == false)
    try await ground.store.commit(Commit(now: Ground.now, fence: ground.fence, [change]))
  }

  @Test(arguments: StoreKind.allCases)
  func `one read sees one state while others write`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let account = Sample.ddc(1)
    try await ground.commit(.post(Sample.charged(nil, account)))
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for _ in 0..<200 {
          try? await ground.commit(
            .post(Sample.charged(nil, account)), .post(Sample.charged(nil, account)))
        }
      }
      for _ in 0..<3 {
        group.addTask {
          for _ in 0..<100 {
            let positions = try? ground.read { snapshot throws in
              let head = try snapshot.head().position
              let last = try snapshot.entries(of: account, before: nil, limit: 1).first
              return [head, last?.position]
            }
            #expect(positions?.first == positions?.last)
            #expect(positions?.first.map { ($0 ?? 0) % 2 } == 1)
          }
        }
      }
    }
    #expect(try ground.read { try $0.head() }.position == 401)
  }

  @Test(arguments: StoreKind.allCases)
  func `what a read throws reaches its caller`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    #expect(throws: StoreError.full) {
      try ground.read { _ -> Int in throw StoreError.full }
    }
    #expect(try ground.read { try $0.head() }.position == 0)
  }
}
