import Testing
import TopUpCore

/// A rule that is tried beside an account's own.
@Suite struct ShadowPolicyTests {
  private static let cere = Situation.cere

  private func change(
    _ live: DecisionInput, trying adjust: (inout Policy) -> Void
  ) throws -> Change? {
    var rule = try #require(live.policy)
    adjust(&rule)
    let shadow = ShadowPolicy(
      account: live.account, policy: rule, version: 3, set: live.now, actor: "ops", reason: "r")
    return shadow.change(beside: decide(live), on: live)
  }

  private func difference(
    _ live: DecisionInput, trying adjust: (inout Policy) -> Void
  ) throws -> ShadowDifference? {
    let noted = try change(live, trying: adjust)
    guard case .noteShadow(live.account, version: 3, let difference)? = noted
    else {
      Issue.record("nothing is noted")
      return nil
    }
    #expect(difference == nil || difference?.at == live.now)
    return difference
  }

  @Test func `a rule that comes to the same is counted, and is no difference`() throws {
    #expect(try difference(Situation.input()) { _ in } == nil)
    #expect(try difference(Situation.input()) { $0.cooldown = .seconds(1) } == nil)
    let high = Situation.input(active: 60 * Self.cere)
    #expect(try difference(high) { $0.threshold = 55 * Self.cere } == nil)
  }

  @Test func `where nothing was charged, what would have been is told with its figures`() throws {
    let high = Situation.input(active: 60 * Self.cere)
    let found = try difference(high) { $0.threshold = 80 * Self.cere }
    #expect(found?.kind == .wouldCharge)
    #expect(found?.live.word == "notLow")
    #expect(found?.live.explanation == "60 CERE is above the threshold of 50 CERE")
    #expect(found?.shadow.word == "25.00 USD")
    #expect(found?.shadow.explanation == "60 CERE is not above the threshold of 80 CERE")
  }

  @Test func `where a top-up begins, that none would have is told`() throws {
    let found = try difference(Situation.input()) { $0.threshold = 5 * Self.cere }
    #expect(found?.kind == .wouldSkip)
    #expect(found?.live.word == "25.00 USD" && found?.shadow.word == "notLow")
  }

  @Test func `another amount and another reason are told`() throws {
    var input = Situation.input()
    let amount = try difference(input) { $0.amount = .fixed(Sample.usd(4_000)) }
    #expect(amount?.kind == .otherAmount)
    #expect(amount?.live.word == "25.00 USD" && amount?.shadow.word == "40.00 USD")
    input.cards = []
    let reason = try difference(input) { $0.isEnabled = false }
    #expect(reason?.kind == .otherReason)
    #expect(reason?.live.word == "noPaymentMethod" && reason?.shadow.word == "disabled")
  }

  @Test func `what waits for a price is no difference, and an ended trial notes nothing`() throws {
    var input = Situation.input()
    input.quote = .notAsked
    #expect(try difference(input) { $0.isEnabled = false } == nil)
    let ended = ShadowPolicy(
      account: input.account, policy: nil, version: 4, set: input.now, actor: "ops", reason: "r")
    #expect(ended.change(beside: decide(input), on: input) == nil)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a rule comes back from its bytes as it was, and no other bytes are read`(
    _ hundred: UInt64
  ) throws {
    var chance = SeededGenerator(seed: hundred)
    for seed in hundred * 100..<hundred * 100 + 100 {
      var arbitrary = ArbitraryInput(seed: seed)
      let input = arbitrary.make()
      guard let policy = input.policy else { continue }
      var bytes = PolicyCodec.encode(policy)
      #expect(try PolicyCodec.decode(bytes, of: policy.account) == policy)
      bytes[Int.random(in: bytes.indices, using: &chance)] ^= 1 << UInt8(seed % 8)
      let other: Policy?
      do throws(DecisionCodecError) {
        other = try PolicyCodec.decode(bytes, of: policy.account)
      } catch { other = nil }
      if let other { #expect(PolicyCodec.encode(other) == bytes) }
    }
  }
}
