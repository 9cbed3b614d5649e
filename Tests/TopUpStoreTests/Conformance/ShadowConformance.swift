import Testing
import TopUpCore

/// Rules that are tried beside those of accounts.
@Suite struct ShadowConformance {
  private let key = Sample.ddc(7)

  private func shadow(_ version: Int64, ended: Bool = false) -> ShadowPolicy {
    ShadowPolicy(
      account: key, policy: ended ? nil : Sample.policy(key, version: 0), version: version,
      set: Sample.time(Int(version)), actor: "ops", reason: "why")
  }

  private func difference(
    _ second: Int, _ kind: ShadowDifference.Kind = .wouldCharge, _ word: String = "5.00 USD"
  ) -> ShadowDifference {
    ShadowDifference(
      at: Sample.time(second), kind: kind, live: .init(word: "NOT_LOW", explanation: "high"),
      shadow: .init(word: word, explanation: "at \(second)"))
  }

  @Test(arguments: StoreKind.allCases)
  func `a rule that is tried is told with the account, until it is ended`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    #expect(try ground.read { try $0.shadow(of: key) } == nil)
    #expect(try ground.read { try $0.account(key) }.shadow == nil)
    try await ground.commit(.putShadow(shadow(1)))
    #expect(try ground.read { try $0.account(key) }.shadow == shadow(1))
    let stored = StoredShadow(shadow: shadow(1), looks: 0, differences: [:])
    #expect(try ground.read { try $0.shadow(of: key) } == stored)
    try await ground.commit(.putShadow(shadow(2, ended: true)))
    #expect(try ground.read { try $0.account(key) }.shadow == nil)
    #expect(try ground.read { try $0.shadow(of: key) }?.shadow == shadow(2, ended: true))
  }

  @Test(arguments: StoreKind.allCases)
  func `a change from another version than the last is refused (52)`(_ kind: StoreKind) async throws
  {
    let ground = try Ground(kind)
    #expect(try await ground.conflict(.putShadow(shadow(2)))?.kind == "changed")
    try await ground.commit(.putShadow(shadow(1)))
    #expect(try await ground.conflict(.putShadow(shadow(1)))?.kind == "changed")
    #expect(try await ground.conflict(.putShadow(shadow(3)))?.kind == "changed")
    try await ground.commit(.putShadow(shadow(2)))
  }

  @Test(arguments: StoreKind.allCases)
  func `each look is counted, and kept where it says something else than the last`(
    _ kind: StoreKind
  ) async throws {
    let ground = try Ground(kind)
    try await ground.commit(.putShadow(shadow(1)))
    func note(_ difference: ShadowDifference?, version: Int64 = 1) async throws {
      try await ground.commit(.noteShadow(key, version: version, difference))
    }
    try await note(nil)
    for second in 1...3 { try await note(difference(second)) }
    try await note(difference(4, .wouldSkip))
    try await note(difference(5, .otherAmount))
    try await note(difference(6, .otherReason))
    try await note(difference(7))
    try await note(difference(8, .wouldCharge, "6.00 USD"))
    // Of another version than the one there, and of nobody's.
    try await note(difference(9), version: 2)
    try await ground.commit(.noteShadow(Sample.ddc(8), version: 1, difference(9)))
    let stored = try #require(try ground.read { try $0.shadow(of: key) })
    #expect(stored.looks == 9)
    #expect(
      stored.differences
        == [.wouldCharge: 5, .wouldSkip: 1, .otherAmount: 1, .otherReason: 1])
    let kept = try ground.read { try $0.shadowDifferences(of: key, before: nil, limit: 9) }
    #expect(
      kept.map(\.difference)
        == [
          difference(8, .wouldCharge, "6.00 USD"), difference(7), difference(6, .otherReason),
          difference(5, .otherAmount), difference(4, .wouldSkip), difference(1),
        ])
    let rest = try ground.read {
      try $0.shadowDifferences(of: key, before: kept[3].position, limit: 1)
    }
    #expect(rest == [kept[4]])
  }

  @Test(arguments: StoreKind.allCases)
  func `the newest differences are kept, and another trial begins anew`(_ kind: StoreKind)
    async throws
  {
    let ground = try Ground(kind)
    try await ground.commit(.putShadow(shadow(1)))
    for second in 1...205 {
      try await ground.commit(
        .noteShadow(key, version: 1, difference(second, .wouldCharge, "\(second)")))
    }
    func kept() throws -> [StoredShadowDifference] {
      try ground.read { try $0.shadowDifferences(of: key, before: nil, limit: 1_000) }
    }
    #expect(try kept().map(\.difference.at) == (6...205).reversed().map { Sample.time($0) })
    #expect(try ground.read { try $0.shadow(of: key) }?.looks == 205)
    try await ground.commit(.putShadow(shadow(2)))
    #expect(try kept() == [])
    #expect(
      try ground.read { try $0.shadow(of: key) }
        == StoredShadow(shadow: shadow(2), looks: 0, differences: [:]))
    try await ground.commit(
      .putShadow(shadow(3, ended: true)), .noteShadow(key, version: 3, difference(1)))
    #expect(try ground.read { try $0.shadow(of: key) }?.looks == 0)
  }
}
