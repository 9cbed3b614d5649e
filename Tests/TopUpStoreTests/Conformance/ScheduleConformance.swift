import Testing
import TopUpCore

/// Answers to occurrences of a calendar, and how long top-ups took.
@Suite struct ScheduleConformance {
  private let key = Sample.ddc(3)

  private func answer(
    _ day: Int, at seconds: Int, episode: Int64? = 1
  ) -> StoredOccurrence {
    StoredOccurrence(
      name: "2026-11 day \(day) at 09:30", moment: Sample.time(seconds), episode: episode)
  }

  @Test(arguments: StoreKind.allCases)
  func `an occurrence has one answer: one episode, or that it was let go (3)`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    let first = answer(1, at: 10)
    try await ground.commit(.settleOccurrence(key, first))
    // The next try of its episode.
    try await ground.commit(.settleOccurrence(key, first))
    for other in [answer(1, at: 10, episode: 2), answer(1, at: 10, episode: nil)] {
      #expect(try await ground.conflict(.settleOccurrence(key, other))?.kind == "changed")
    }
    let missed = answer(2, at: 20, episode: nil)
    try await ground.commit(.settleOccurrence(key, missed))
    for other in [missed, answer(2, at: 20)] {
      #expect(try await ground.conflict(.settleOccurrence(key, other))?.kind == "changed")
    }
    // Another account's is another occurrence.
    try await ground.commit(.settleOccurrence(Sample.ddc(4), answer(1, at: 10, episode: 9)))
    #expect(try ground.read { try $0.occurrence(first.name, of: key) } == first)
    #expect(try ground.read { try $0.occurrence(missed.name, of: key) } == missed)
    #expect(try ground.read { try $0.occurrence("2026-11 day 3 at 09:30", of: key) } == nil)
  }

  @Test(arguments: StoreKind.allCases)
  func `the newest by its moment, and what an episode is for`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    #expect(try ground.read { try $0.lastOccurrence(of: key) } == nil)
    for answer in [
      answer(2, at: 20, episode: 5), answer(3, at: 30, episode: nil), answer(1, at: 10, episode: 5),
      answer(4, at: 5, episode: 6),
    ] { try await ground.commit(.settleOccurrence(key, answer)) }
    #expect(
      try ground.read { try $0.lastOccurrence(of: key) } == answer(3, at: 30, episode: nil))
    #expect(
      try ground.read { try $0.occurrence(of: key, episode: 5) } == answer(2, at: 20, episode: 5))
    #expect(try ground.read { try $0.occurrence(of: key, episode: 7) } == nil)
    #expect(try ground.read { try $0.occurrence(of: Sample.ddc(4), episode: 5) } == nil)
  }

  @Test(arguments: StoreKind.allCases)
  func `lead times come newest first, one of each top-up`(_ kind: StoreKind) async throws {
    let ground = try Ground(kind)
    for number in 1...3 {
      let topUp = Sample.topUp("\(number)", account: Sample.ddc(UInt8(number)))
      try await ground.commit(
        .beginTopUp(topUp, cause: "x"), .noteLeadTime(topUp.id, .milliseconds(1_000 + number)))
    }
    try await ground.commit(.noteLeadTime(TopUpID("tu_1"), .seconds(9)))
    #expect(
      try ground.read { try $0.leadTimes(limit: 2) } == [
        .milliseconds(1_003), .milliseconds(1_002),
      ]
    )
    #expect(try ground.read { try $0.leadTimes(limit: 100) }.count == 3)
    #expect(
      try await ground.conflict(.noteLeadTime(TopUpID("tu_9"), .zero))?.kind == "missing")
  }
}
