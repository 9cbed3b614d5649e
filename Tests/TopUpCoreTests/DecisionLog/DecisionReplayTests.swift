import Testing
import TopUpCore

/// Decisions made again from what was kept of them (invariant 1).
@Suite struct DecisionReplayTests {
  private static let input = Situation.input()

  private func row(_ input: DecisionInput = input) throws -> StoredDecision {
    let decision = decide(input)
    return StoredDecision(
      position: 7, account: input.account, at: input.now,
      topUp: decision.plan == nil ? nil : TopUpID("tu_1"), skip: decision.skip?.reason,
      explanation: decision.explanation, effective: nil, block: 0, policyVersion: 4, episode: 1,
      events: 1, record: DecisionRecord(input, decision))
  }

  @Test func `what was kept is decided again as it was`() throws {
    #expect(try row().difference() == nil)
    var off = Self.input
    off.policy?.isEnabled = false
    #expect(try row(off).difference() == nil)
  }

  @Test func `another outcome is told with what is decided now`() throws {
    let again = "decided again: top up 25.00 USD: 10 CERE is not above the threshold of 50 CERE"
    var other = try row()
    other.record?.outcome[0] ^= 1
    #expect(other.difference() == again)
    var skipped = try row()
    skipped.skip = .notLow
    #expect(skipped.difference() == again)
  }

  @Test func `bytes that cannot be read, are missing, or another's, are told`() throws {
    var broken = try row()
    broken.record?.input.removeLast()
    #expect(broken.difference()?.hasPrefix("what it looked at cannot be read: ") == true)
    var empty = try row()
    empty.record = nil
    #expect(empty.difference() == "nothing is kept of what it looked at")
    var moved = try row()
    moved.at = moved.at.advanced(by: .seconds(1))
    #expect(moved.difference() == "what it looked at is another decision's")
  }

  @Test func `other words for the same outcome are told as such`() throws {
    var reworded = try row()
    reworded.explanation = "low"
    #expect(
      reworded.difference()
        == "in other words now: 10 CERE is not above the threshold of 50 CERE")
  }

  @Test func `all differences are counted, the first of them told`() throws {
    var wrong = try row()
    wrong.record = nil
    var replay = DecisionReplay()
    replay.replay([try row(), wrong])
    #expect(replay.same == 1 && replay.different == 1 && replay.position == 7)
    #expect(replay.faults.map(\.location) == ["decision 7 on \(Self.input.account.name)"])
    replay.replay(Array(repeating: wrong, count: 300))
    #expect(replay.different == 301 && replay.faults.count == DecisionReplay.toldMax)
  }
}
