import Testing
import TopUpCore

@Suite struct IntakeConformance {
  @Test(arguments: StoreKind.allCases)
  func `a caller's key is remembered, and is that caller's alone`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let request = StoredRequest(caller: "billing", key: "k1", digest: [1, 0, 255], result: "tu_1")
    try await ground.commit(.rememberRequest(request))
    #expect(try ground.read { try $0.request(caller: "billing", key: "k1") } == request)
    #expect(try ground.read { try $0.request(caller: "portal", key: "k1") } == nil)
    #expect(try await ground.conflict(.rememberRequest(request)) == .keyUsed)
    var other = request
    other.caller = "portal"
    other.digest = []
    try await ground.commit(.rememberRequest(other))
    #expect(try ground.read { try $0.request(caller: "portal", key: "k1") } == other)
  }

  @Test(arguments: StoreKind.allCases)
  func `a source's mark moves only from where it was read`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let source = SourceID(name: "node-1", epoch: .max)
    func mark(_ source: SourceID) throws -> UInt64 {
      try ground.read { try $0.sourceHighWater(source) }
    }
    #expect(try mark(source) == 0)
    let jump = Change.advanceSource(source, from: 5, to: 9)
    #expect(try await ground.conflict(jump)?.kind == "changed")
    try await ground.commit(.advanceSource(source, from: 0, to: 5))
    let repeated = Change.advanceSource(source, from: 0, to: 5)
    #expect(try await ground.conflict(repeated)?.kind == "changed")
    try await ground.commit(.advanceSource(source, from: 5, to: .max))
    #expect(try mark(source) == .max)
    let back = Change.advanceSource(source, from: .max, to: 6)
    #expect(try await ground.conflict(back)?.kind == "forbidden")
    #expect(try mark(SourceID(name: "node-1", epoch: 1)) == 0)
  }

  @Test(arguments: StoreKind.allCases)
  func `a reported event is remembered by its source and id`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let remember = Change.rememberEvent(source: "s", id: [7, 0], digest: [9])
    try await ground.commit(remember)
    #expect(try ground.read { try $0.reportedEvent("s", id: [7, 0]) } == [9])
    #expect(try ground.read { try $0.reportedEvent("s", id: [7]) } == nil)
    #expect(try ground.read { try $0.reportedEvent("z", id: [7, 0]) } == nil)
    #expect(try await ground.conflict(remember) == .keyUsed)
  }

  @Test(arguments: StoreKind.allCases)
  func `a second delivery of an event changes nothing`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    let event = Sample.inbox("evt_1")
    try await ground.commit(.receiveInbox(event))
    var second = event
    second.body = [9]
    try await ground.commit(.receiveInbox(second))
    #expect(
      try ground.read { try $0.inboxWaiting(Ground.now, orBeyond: .max, limit: 9) } == [event])
    #expect(try ground.read { try $0.counts() }.inboxWaiting == 1)
    try await ground.commit(.applyInbox("evt_1"), now: Sample.time(5))
    try await ground.commit(.receiveInbox(event))
    #expect(
      try ground.read { try $0.inboxWaiting(Sample.time(99), orBeyond: .max, limit: 9) } == [])
    let stored = try ground.read { try $0.inbox(stuckOnly: false, after: nil, limit: 9) }
    #expect(
      stored == [
        StoredInboxEvent(event: event, applied: Sample.time(5), tries: 0, lastError: nil)
      ])
  }

  @Test(arguments: StoreKind.allCases)
  func `an event is applied once (35)`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.receiveInbox(Sample.inbox("evt_1")))
    try await ground.commit(.applyInbox("evt_1"))
    #expect(try await ground.conflict(.applyInbox("evt_1"))?.kind == "changed")
    let fail = Change.failInbox("evt_1", reason: "late", retry: Ground.now)
    #expect(try await ground.conflict(fail)?.kind == "changed")
    #expect(try await ground.conflict(.applyInbox("evt_9"))?.kind == "missing")
    let stranger = Change.failInbox("evt_9", reason: "x", retry: Ground.now)
    #expect(try await ground.conflict(stranger)?.kind == "missing")
  }

  @Test(arguments: StoreKind.allCases)
  func `a failed event waits for its next try, and is listed as stuck`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    for number in 1...4 {
      try await ground.commit(
        .receiveInbox(Sample.inbox("evt_\(number)", received: Sample.time(number))))
    }
    for _ in 1...2 {
      try await ground.commit(.failInbox("evt_2", reason: "no top-up", retry: Sample.time(60)))
    }
    try await ground.commit(.failInbox("evt_3", reason: "no top-up", retry: Sample.time(50)))
    func waiting(_ now: Int, _ limit: Int, beyond: UnixTime = .max) throws -> [String] {
      let found = try ground.read {
        try $0.inboxWaiting(Sample.time(now), orBeyond: beyond, limit: limit)
      }
      return found.map(\.id)
    }
    #expect(try waiting(3, 9) == ["evt_1"])
    #expect(try waiting(59, 9) == ["evt_1", "evt_4", "evt_3"])
    // Put there by a clock that was wrong (48).
    #expect(try waiting(3, 9, beyond: Sample.time(50)) == ["evt_1", "evt_2"])
    #expect(try waiting(60, 3) == ["evt_1", "evt_4", "evt_3"])
    #expect(try waiting(60, 9) == ["evt_1", "evt_4", "evt_3", "evt_2"])
    func listed(_ stuckOnly: Bool, _ after: String?) throws -> [StoredInboxEvent] {
      try ground.read { try $0.inbox(stuckOnly: stuckOnly, after: after, limit: 2) }
    }
    #expect(try listed(true, nil).map(\.event.id) == ["evt_2", "evt_3"])
    #expect(try listed(true, "evt_2").map(\.event.id) == ["evt_3"])
    #expect(try listed(false, "evt_1").map(\.event.id) == ["evt_2", "evt_3"])
    #expect(try listed(true, nil).first?.tries == 2)
    #expect(try listed(true, nil).first?.lastError == "no top-up")
    try await ground.commit(.applyInbox("evt_2"))
    #expect(try listed(true, nil).map(\.event.id) == ["evt_3"])
  }

  @Test(arguments: StoreKind.allCases)
  func `an event that is given up waits for a person, who has it tried again (35)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    for number in 1...2 { try await ground.commit(.receiveInbox(Sample.inbox("evt_\(number)"))) }
    try await ground.commit(.failInbox("evt_1", reason: "late", retry: Sample.time(60)))
    try await ground.commit(
      .failInbox("evt_1", reason: "no top-up", retry: nil), now: Sample.time(70))
    func waiting() throws -> [String] {
      try ground.read { try $0.inboxWaiting(Sample.time(9_999), orBeyond: .max, limit: 9) }.map(
        \.id)
    }
    #expect(try waiting() == ["evt_2"])
    var stored = try #require(try ground.read { try $0.inboxEvent("evt_1") })
    #expect(stored.givenUp == Sample.time(70) && stored.tries == 2)
    #expect(try ground.read { try $0.inbox(stuckOnly: true, after: nil, limit: 9) } == [stored])
    let counts = try ground.read { try $0.counts() }
    #expect(counts.inboxWaiting == 1 && counts.inboxGivenUp == 1)
    let fail = Change.failInbox("evt_1", reason: "again", retry: Sample.time(80))
    #expect(try await ground.conflict(fail)?.kind == "changed")
    let replay = Change.replayInbox("evt_1", actor: "ops:maria", reason: "the key is back")
    try await ground.commit(replay, now: Sample.time(90))
    stored = try #require(try ground.read { try $0.inboxEvent("evt_1") })
    #expect(stored.givenUp == nil && stored.tries == 0 && stored.applied == nil)
    #expect(try waiting() == ["evt_2", "evt_1"])
    try await ground.commit(.applyInbox("evt_1"), now: Sample.time(95))
    #expect(try await ground.conflict(replay)?.kind == "changed")
    let stranger = Change.replayInbox("evt_9", actor: "ops:maria", reason: "x")
    #expect(try await ground.conflict(stranger)?.kind == "missing")
    let unsigned = Change.replayInbox("evt_2", actor: "", reason: "x")
    #expect(try await ground.conflict(unsigned)?.kind == "forbidden")
  }

  @Test(arguments: StoreKind.allCases)
  func `what was given up may still be applied by whoever is at it (35)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.receiveInbox(Sample.inbox("evt_1")))
    try await ground.commit(.failInbox("evt_1", reason: "no top-up", retry: nil))
    try await ground.commit(.applyInbox("evt_1"), now: Sample.time(9))
    let stored = try #require(try ground.read { try $0.inboxEvent("evt_1") })
    #expect(stored.applied == Sample.time(9) && stored.givenUp == nil)
    #expect(try ground.read { try $0.counts() }.inboxGivenUp == 0)
  }

  @Test(arguments: StoreKind.allCases)
  func `the kill switch is on until it is off`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    #expect(try ground.read { try $0.settings() }.isKillSwitchOn == false)
    try await ground.commit(.setKillSwitch(true, actor: "ops"))
    #expect(try ground.read { try $0.settings() }.isKillSwitchOn)
    try await ground.commit(.setKillSwitch(false, actor: "ops"))
    #expect(try ground.read { try $0.settings() }.isKillSwitchOn == false)
  }
}
