import StrictJSON
import Testing
import TopUpCore

@testable import Gateways

@Suite struct SubstrateNodeTests {
  static let hash = "0x" + String(repeating: "5e", count: 32)
  /// Of cluster Dragon 1 and Alice; computed apart from this code.
  static let storageKey =
    "0xaffb44e1082c7d59adbb5ebdf73bb14c4e5d0f20b61abee69002a08fa96842a48be1fbeaa7d3f8d7a1"
    + "44305dd1da95d56c2b62e11519d8cc530ea55bae6dec7c2e3fb4c297a84c5cebc0e78257d213d0927ccc"
    + "7596044c6ba013dd05522aacba"
  /// Alice: 50 CERE, 40 of them active, 10 unlocking at block 100,800.
  static let storageValue =
    "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d070088526a740700a0db215d0407"
    + "00e876481702270600"

  static func result(_ json: String, id: Int = 1) -> HTTPOutcome {
    .json(#"{"jsonrpc":"2.0","result":\#(json),"id":\#(id)}"#)
  }

  static let head = result("\"\(hash)\"")
  static let parent = "0x" + String(repeating: "0a", count: 32)
  static let header = result(
    ##"{"parentHash":"\##(parent)","number":"0x1b4f","digest":{"logs":[]}}"##)
  static let block = BlockReference(number: 6991, hash: hash)

  /// - Parameter outcomes: of the head, of its header, and of what is asked at that block.
  func node(_ outcomes: HTTPOutcome...) -> (SubstrateNode, ScriptedNode) {
    let transport = ScriptedNode(outcomes)
    return (SubstrateNode(url: "http://127.0.0.1:9944", over: transport), transport)
  }

  @Test func `a balance is read at the finalized head's own state`() async throws {
    let account = try #require(RampFixtures.account)
    let (node, transport) = node(Self.head, Self.header, Self.result("\"\(Self.storageValue)\""))
    let ledger = DDCLedger(
      owner: account.owner, total: Planck(500_000_000_000), active: Planck(400_000_000_000),
      unlocking: [DDCLedger.Unlocking(value: Planck(100_000_000_000), block: 100_800)])
    #expect(
      await node.balance(of: account)
        == .answered(BalanceReading(block: Self.block, isFinalized: true, ledger: ledger)))
    #expect(
      transport.requests.map(\.bodyText) == [
        #"{"jsonrpc":"2.0","id":1,"method":"chain_getFinalizedHead","params":[]}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":["\#(Self.hash)"]}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"state_getStorage","params":["#
          + #""\#(Self.storageKey)","\#(Self.hash)"]}"#,
      ])
    for request in transport.requests {
      #expect(request.method == .post)
      #expect(request.url == "http://127.0.0.1:9944")
      #expect(request.headers == [HTTPField("Content-Type", "application/json")])
    }
  }

  @Test func `an account that never deposited has no ledger`() async throws {
    let account = try #require(RampFixtures.account)
    let (node, _) = node(Self.head, Self.header, Self.result("null"))
    #expect(
      await node.balance(of: account)
        == .answered(BalanceReading(block: Self.block, isFinalized: true, ledger: nil)))
  }

  @Test func `the best head is for display and says so`() async throws {
    let account = try #require(RampFixtures.account)
    let (node, transport) = node(Self.head, Self.header, Self.result("null"))
    #expect(
      await node.displayBalance(of: account)
        == .answered(BalanceReading(block: Self.block, isFinalized: false, ledger: nil)))
    #expect(transport.requests[0].bodyText.contains("chain_getBlockHash"))
  }

  @Test func `the finalized head has a number`() async {
    let (node, transport) = node(Self.head, Self.header)
    #expect(await node.finalizedHead() == .answered(Self.block))
    #expect(transport.requests.count == 2)
  }

  @Test func `a block is final when the finalized head has come so far (30)`() async {
    let other = "0x" + String(repeating: "0b", count: 32)
    for (number, hash, calls) in [
      (UInt64(6_926), other, 3), (6_990, Self.parent, 2), (6_991, Self.hash, 2), (6_992, nil, 2),
      (.max, nil, 2),
    ] {
      let (node, transport) = node(Self.head, Self.header, Self.result("\"\(other)\""))
      #expect(
        await node.finalizedBlock(number)
          == .answered(FinalizedBlock(number: number, hash: hash, head: 6_991)))
      #expect(transport.requests.count == calls)
    }
    let (node, _) = node(Self.head, Self.header, Self.result("null"))
    #expect(Answers.isUnknown(await node.finalizedBlock(6_926)))
  }

  /// Several nodes behind one address: one that is behind tells blocks by number from a fork.
  private final class NodesBehindOneAddress: HTTPTransport {
    static func hash(_ number: UInt64) -> String {
      "0x" + String(repeating: "0", count: 48) + String(number + (1 << 60), radix: 16)
    }

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
      let call = try? JSON(parsing: request.body)
      let parameter = call?["params"]?.array?.first
      switch call?["method"]?.string {
      case "chain_getFinalizedHead": return SubstrateNodeTests.result("\"\(Self.hash(6_991))\"")
      case "chain_getHeader":
        let known = (6_900...6_991 as ClosedRange<UInt64>).first {
          Self.hash($0) == parameter?.string
        }
        guard let number = known, number != 6_950 else { return SubstrateNodeTests.result("null") }
        return SubstrateNodeTests.result(
          #"{"parentHash":"\#(Self.hash(number - 1))","number":"0x\#(String(number, radix: 16))"}"#)
      default: return SubstrateNodeTests.result("\"\(Self.hash(1))\"")
      }
    }
  }

  @Test func `a node on a fork does not say what is final by another's head (30)`() async {
    let node = SubstrateNode(url: "http://127.0.0.1:9944", over: NodesBehindOneAddress())
    for number in [6_991, 6_990, 6_985, 6_950] as [UInt64] {
      #expect(
        await node.finalizedBlock(number)
          == .answered(
            FinalizedBlock(
              number: number, hash: NodesBehindOneAddress.hash(number), head: 6_991)))
    }
    // A header that nobody has is asked for again.
    #expect(Answers.isUnknown(await node.finalizedBlock(6_949)))
  }

  @Test(arguments: [
    result("null"), result("\"0x5e\""), result("\"\(hash.uppercased())\""), result("5"),
    result("\"\(hash)\"", id: 2), .json(#"{"jsonrpc":"2.0","id":1}"#),
    .json(#"{"result":"\#(hash)","id":1}"#), .json(#"[{"jsonrpc":"2.0","id":1}]"#),
    .json("not JSON"), .json(503, #"{"jsonrpc":"2.0","result":"\#(hash)","id":1}"#),
    .unknown("no answer"),
  ])
  func `a head that cannot be relied on is in doubt`(outcome: HTTPOutcome) async {
    let (node, _) = node(outcome)
    #expect(Answers.isUnknown(await node.finalizedHead()))
  }

  @Test(arguments: [
    "null", "{}", #"{"number":7}"#, #"{"number":"7"}"#, #"{"number":"0x"}"#,
    #"{"number":"0x07"}"#, #"{"number":"0x-7"}"#, #"{"number":"0x1ffffffffffffffff"}"#,
    #"{"number":"0xFF"}"#,
  ])
  func `a header without a number is in doubt`(header: String) async {
    let (node, _) = node(Self.head, Self.result(header))
    #expect(Answers.isUnknown(await node.finalizedHead()))
  }

  @Test(arguments: [
    "\"\"", "\"0x\"", "\"0xzz\"", "7", "{}", "\"\(storageValue.dropLast(2))\"",
    "\"\(storageValue)00\"",
    "\"0x00\(storageValue.dropFirst(4))\"",
  ])
  func `a ledger that cannot be relied on is in doubt`(value: String) async throws {
    let account = try #require(RampFixtures.account)
    let (node, _) = node(Self.head, Self.header, Self.result(value))
    #expect(Answers.isUnknown(await node.balance(of: account)))
  }

  @Test func `the node's own error is a refusal with its code`() async {
    let (node, _) = node(
      .json(
        #"{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}"#))
    #expect(
      await node.finalizedHead()
        == .refused(
          Refusal(
            .invalid, code: "-32601", message: "chain_getFinalizedHead: Method not found")))
  }

  @Test func `what never left is known as such, at whichever step`() async throws {
    let account = try #require(RampFixtures.account)
    let lost = HTTPOutcome.notSent("no connection")
    for steps in [[lost], [Self.head, lost, Self.result("null")], [Self.head, Self.header, lost]] {
      let node = SubstrateNode(url: "http://127.0.0.1:9944", over: ScriptedNode(steps))
      #expect(await node.balance(of: account) == .notSent("no connection"))
    }
  }
}
