import Testing
import TopUpCore

@Suite struct DerivedIDTests {
  let dragon: AccountKey
  let credits = AccountKey.credits(CreditsAccount(tenant: "acme", user: "u-1"))

  init() throws {
    let owner = try AccountID32(text: "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi")
    let cluster = try #require(ClusterID(hex: "0x0059f5ada35eee46802d80750d5ca4a490640511"))
    dragon = .ddc(DDCAccount(cluster: cluster, owner: owner))
  }

  /// Computed by another implementation of the rule. A change here breaks every stored id.
  @Test func `ids never change`() {
    #expect(
      TopUpID.automatic(account: dragon, episode: 1, ordinal: 1).rawValue
        == "tu_h9h0qyr7djeez8kprs61s8wc6rjvps20")
    #expect(
      TopUpID.automatic(account: dragon, episode: 7, ordinal: 2).rawValue
        == "tu_413mj1vwfztrvm5bpjjzh56fnsxf4hrc")
    #expect(
      TopUpID.requested(caller: "console", account: credits, key: "k-1").rawValue
        == "tu_x920p6xexzm0561txgx6q69z0tjchh5j")
  }

  @Test func `each part makes another id`() {
    let other = AccountKey.credits(CreditsAccount(tenant: "acme", user: "u-2"))
    let ids: Set = [
      TopUpID.automatic(account: credits, episode: 1, ordinal: 1),
      .automatic(account: credits, episode: 1, ordinal: 2),
      .automatic(account: credits, episode: 2, ordinal: 1),
      .automatic(account: other, episode: 1, ordinal: 1),
      .requested(caller: "a", account: credits, key: "k"),
      .requested(caller: "b", account: credits, key: "k"),
      .requested(caller: "a", account: other, key: "k"),
      .requested(caller: "a", account: credits, key: "l"),
    ]
    #expect(ids.count == 8)
  }

  @Test func `parts do not run into each other`() {
    let left = AccountKey.credits(CreditsAccount(tenant: "ab", user: "c"))
    let right = AccountKey.credits(CreditsAccount(tenant: "a", user: "bc"))
    #expect(left.canonicalBytes != right.canonicalBytes)
    #expect(
      TopUpID.requested(caller: "ab", account: left, key: "c")
        != .requested(caller: "a", account: left, key: "bc"))
  }

  @Test func `a digest of another purpose or over other cuts is another`() {
    func digest(_ tag: StaticString, _ parts: [String]) -> [UInt8] {
      var digest = PartsDigest(tag: tag, digestBytes: 32)
      for part in parts { digest.append(Array(part.utf8)) }
      return digest.finish()
    }
    let digests: Set = [
      digest("a", ["b", "c"]), digest("a", ["bc"]), digest("a", ["bc", ""]), digest("ab", ["c"]),
      digest("b", ["b", "c"]),
    ]
    #expect(digests.count == 5)
  }

  @Test func `outside keys name top-up, attempt and step`() {
    let id = TopUpID("tu_1")
    #expect(IdempotencyKey.chargeCreate(id, attempt: 1).rawValue == "tu_1:1:create")
    #expect(IdempotencyKey.chargeConfirm(id, attempt: 2).rawValue == "tu_1:2:confirm")
    #expect(IdempotencyKey.chargeCancel(id, attempt: 2, version: 7).rawValue == "tu_1:2:cancel:7")
    #expect(IdempotencyKey.refund(id, number: 3).rawValue == "refund:tu_1:3")
    #expect(ClientOrderID(id, number: 4).rawValue == "tu_1:4")
  }

  @Test func `base32 has eight letters for five bytes, none of them i, l, o or u`() {
    #expect(
      CrockfordBase32.text((0..<20).map { UInt8($0) }) == "000g40r40m30e209185gr38e1w8124gk")
    #expect(CrockfordBase32.text([0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) == "zzzzzzzz")
    #expect(CrockfordBase32.text([]) == "")
    let letters = Set(CrockfordBase32.text((0..<160).map { UInt8(truncatingIfNeeded: $0 * 37) }))
    #expect(letters.isDisjoint(with: "ilou") && letters.count == 32)
  }
}
