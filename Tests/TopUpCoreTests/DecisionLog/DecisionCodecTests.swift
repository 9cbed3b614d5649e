import Testing
import TopUpCore

/// What a decision looked at, as bytes and back (invariant 1).
@Suite struct DecisionCodecTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `any input comes back as it was, and is decided as it was (1)`(hundred: UInt64) throws {
    for seed in hundred * 100..<hundred * 100 + 100 {
      var arbitrary = ArbitraryInput(seed: seed)
      let input = arbitrary.make()
      let bytes = DecisionCodec.encode(input)
      let back = try DecisionCodec.decode(bytes)
      #expect(back == input, "seed \(seed)")
      // Texts are equal to Swift where they look the same; bytes say more.
      #expect(DecisionCodec.encode(back) == bytes, "seed \(seed)")
      #expect(try DecisionRecord(input, decide(input)).decidedAgain().1 == decide(input))
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `bytes that nobody wrote are refused, or are the one form of what they say`(
    seed: UInt64
  ) {
    var chance = SeededGenerator(seed: seed)
    for round in 0..<300 {
      var arbitrary = ArbitraryInput(seed: seed * 1_000 + UInt64(round))
      var bytes = DecisionCodec.encode(arbitrary.make())
      switch round % 4 {
      case 0: bytes[Int.random(in: bytes.indices, using: &chance)] ^= 1 << UInt8(round / 4 % 8)
      case 1: bytes.removeLast(Int.random(in: 1...bytes.count, using: &chance))
      case 2: bytes.append(UInt8.random(in: 0...255, using: &chance))
      default:
        bytes =
          [DecisionCodec.version]
          + (0..<Int.random(in: 0...400, using: &chance)).map { _ in
            UInt8.random(in: 0...255, using: &chance)
          }
      }
      guard let input = read(bytes) else { continue }
      #expect(DecisionCodec.encode(input) == bytes)
      // Whatever can be read can be decided, and explained in words.
      #expect(explain(input).decision == decide(input))
      #expect(explain(input).findings.allSatisfy { "\($0.left)\($0.right)" != "?" })
    }
  }

  private func read(_ bytes: [UInt8]) -> DecisionInput? {
    do throws(DecisionCodecError) { return try DecisionCodec.decode(bytes) } catch { return nil }
  }

  private func refusal(_ bytes: [UInt8]) -> DecisionCodecError? {
    do throws(DecisionCodecError) {
      _ = try DecisionCodec.decode(bytes)
      return nil
    } catch { return error }
  }

  @Test func `nothing short of the whole is read`() {
    let bytes = DecisionCodec.encode(Situation.input())
    for count in bytes.indices { #expect(refusal(Array(bytes.prefix(count))) != nil) }
    #expect(refusal(bytes) == nil)
  }

  @Test func `each kind of wrong has its name`() {
    let bytes = DecisionCodec.encode(Situation.input())
    #expect(refusal([]) == .scale(.truncated(offset: 0)))
    #expect(refusal([9] + bytes.dropFirst()) == .version(9))
    #expect(refusal(bytes + [0]) == .scale(.trailing(offset: bytes.count)))
    // After version and moment stands the kind of account, of which there are two.
    let moment = bytes.count - afterMoment(bytes)
    var other = bytes
    other[moment] = 2 << 2
    #expect(refusal(other) == .impossible("account"))
  }

  /// How many bytes follow the version and the moment: all that an account's kind begins.
  private func afterMoment(_ bytes: [UInt8]) -> Int {
    var reader = SCALEReader(Array(bytes.dropFirst()))
    _ = try? reader.compact(UInt128.self)
    return bytes.count - 1 - reader.offset
  }

  @Test func `references that would fill memory are refused`() {
    // A card whose five texts are long, and as many more that repeat them as the bytes allow.
    var input = Situation.input()
    let long = CardReference(
      id: PaymentMethodID(String(repeating: "x", count: 60_000)), customer: CustomerID("c"),
      fingerprint: "f", brand: "b", last4: "4")
    input.cards = Array(
      repeating: CardChoice(card: long, isBreakerOpen: false, restsUntil: nil), count: 40)
    #expect(refusal(DecisionCodec.encode(input)) == .impossible("text"))
  }

  // MARK: What came of it

  @Test func `another outcome has another digest, the same one the same`() {
    let input = Situation.input()
    let digest = DecisionCodec.digest(of: decide(input), at: input.now)
    #expect(digest.count == 8)
    #expect(digest == DecisionCodec.digest(of: decide(input), at: input.now))
    var seen: Set<[UInt8]> = [digest]
    let changes: [(inout DecisionInput) -> Void] = [
      { $0.policy?.version += 1 }, { $0.policy?.slippageBasisPoints += 1 },
      { $0.cards.removeLast() }, { $0.state.episode.ordinal += 1 },
      { $0.reading?.active -= 1 }, { $0.windows = [Situation.window(.init(count: 7))] },
      { $0.policy?.isEnabled = false }, { $0.isKillSwitchOn = true },
    ]
    for change in changes {
      var other = input
      change(&other)
      #expect(seen.insert(DecisionCodec.digest(of: decide(other), at: other.now)).inserted)
    }
  }
}
