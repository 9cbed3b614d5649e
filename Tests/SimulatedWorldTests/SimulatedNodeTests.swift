import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct SimulatedNodeTests {
  private static let start = UnixTime(seconds: 1_795_221_900)
  private let account: DDCAccount
  private var chain = SimulatedChain(ChainConfiguration(started: start))

  init() throws {
    account = DDCAccount(
      cluster: try #require(ClusterID(hex: "0x0059f5ada35eee46802d80750d5ca4a490640511")),
      owner: try #require(AccountID32(Array(repeating: 9, count: 32))))
    _ = chain.submit(.deposit(account, Planck(51 * Planck.cere.units)), now: Self.start)
    chain.advance(to: Self.start.advanced(by: .seconds(6)))
  }

  private func call(_ method: String, _ params: JSON = []) throws -> JSON {
    let body: JSON = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
    let response = SimulatedNode.handle(
      HTTPRequest(
        .post, "http://127.0.0.1/", headers: [HTTPField("content-type", "application/json")],
        body: body.utf8, timeout: .seconds(1)), chain: chain)
    #expect(response.status == 200)
    return try JSON(parsing: response.body)
  }

  private var key: JSON { .string(Hex.prefixedText(DDCLedgerCodec.storageKey(of: account))) }

  @Test func `the best head shows the deposit, the finalized one not yet`() throws {
    let best = try call("chain_getBlockHash")["result"]
    let value = try call("state_getStorage", [key, best ?? nil])["result"]?.string
    let bytes = try #require(value.flatMap { Hex.prefixedBytes($0) })
    let ledger = try DDCLedgerCodec.ledger(from: bytes, of: account.owner)
    #expect(ledger.active == Planck(50 * Planck.cere.units))
    let head = try call("chain_getFinalizedHead")["result"]
    #expect(try call("state_getStorage", [key, head ?? nil]).object?["result"] == .null)
    #expect(try call("chain_getHeader", [head ?? nil])["result"]?["number"] == "0xf4240")
  }

  @Test func `an account that never deposited has no value`() throws {
    let nobody = Hex.prefixedText(Array(repeating: 0, count: 96))
    #expect(try call("state_getStorage", [.string(nobody)]).object?["result"] == .null)
  }

  @Test func `heights and hashes name each other`() throws {
    let hash = try call("chain_getBlockHash", [1_000_001])["result"]
    #expect(hash?.string == chain.hash(of: 1_000_001))
    #expect(try call("chain_getBlockHash", [1_000_002]).object?["result"] == .null)
    #expect(try call("chain_getHeader", [hash ?? nil])["result"]?["number"] == "0xf4241")
    let parent = try call("chain_getHeader", [hash ?? nil])["result"]?["parentHash"]
    #expect(parent?.string == chain.hash(of: 1_000_000))
  }

  @Test func `an unknown block is an error, not an empty value`() throws {
    let strange = JSON.string("0x" + String(repeating: "ab", count: 32))
    #expect(try call("state_getStorage", [key, strange])["error"]?["code"]?.int64 == 4003)
    #expect(try call("chain_getHeader", [strange]).object?["result"] == .null)
  }

  @Test mutating func `a state that was discarded cannot be read`() throws {
    let old = try call("chain_getBlockHash")["result"]
    chain.advance(to: Self.start.advanced(by: .seconds(6 * 300)))
    #expect(try call("state_getStorage", [key, old ?? nil])["error"]?["code"]?.int64 == 4003)
    #expect(try call("state_getStorage", [key])["result"] != nil)
  }

  @Test func `other methods and broken calls have their codes`() throws {
    #expect(try call("author_submitExtrinsic", ["0x00"])["error"]?["code"]?.int64 == -32_601)
    #expect(try call("state_getStorage", ["zz"])["error"]?["code"]?.int64 == -32_602)
    #expect(try call("chain_getFinalizedHead", [1])["error"]?["code"]?.int64 == -32_602)
    func raw(_ text: String) throws -> Int64? {
      let response = SimulatedNode.handle(
        HTTPRequest(
          .post, "/", headers: [HTTPField("content-type", "application/json")],
          body: Array(text.utf8), timeout: .seconds(1)), chain: chain)
      return try JSON(parsing: response.body)["error"]?["code"]?.int64
    }
    #expect(try raw("{") == -32_700)
    #expect(try raw(#"{"id":1,"method":"x"}"#) == -32_600)
    #expect(try raw("[]") == -32_600)
  }

  @Test func `only JSON by POST is taken`() {
    #expect(
      SimulatedNode.handle(HTTPRequest(.get, "/", timeout: .seconds(1)), chain: chain).status
        == 405)
    #expect(
      SimulatedNode.handle(HTTPRequest(.post, "/", timeout: .seconds(1)), chain: chain).status
        == 415)
  }
}
