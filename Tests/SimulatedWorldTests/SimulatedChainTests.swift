import StrictJSON
import Testing
import TopUpCore

@testable import SimulatedWorld

@Suite struct SimulatedChainTests {
  private static let start = UnixTime(seconds: 1_795_221_900)
  private let account: DDCAccount
  private let other: DDCAccount

  init() throws {
    let owner = try #require(AccountID32(Array(repeating: 7, count: 32)))
    account = DDCAccount(
      cluster: try #require(ClusterID(Array(repeating: 1, count: 20))), owner: owner)
    other = DDCAccount(
      cluster: try #require(ClusterID(Array(repeating: 2, count: 20))), owner: owner)
  }

  private func chain() -> SimulatedChain { SimulatedChain(ChainConfiguration(started: Self.start)) }
  private func at(_ seconds: Int64) -> UnixTime { Self.start.advanced(by: .seconds(seconds)) }
  private func cere(_ tokens: Int128) -> Planck { Planck(tokens * Planck.cere.units) }

  @Test func `blocks come with the clock and finality follows behind`() {
    var chain = chain()
    chain.advance(to: at(5))
    #expect(chain.best == 1_000_000)
    chain.advance(to: at(60))
    #expect(chain.best == 1_000_010)
    #expect(chain.finalized == 1_000_007)
  }

  /// A sandbox that had stood for 39 minutes never came back from its next request: the height was
  /// a rounded quotient, so that a block was still missing at its own time.
  @Test(arguments: [1, 6, 7]) func `every block is there at its time`(seconds: Int64) {
    var configuration = ChainConfiguration(started: Self.start)
    configuration.blockInterval = .seconds(seconds)
    for blocks: Int64 in stride(from: 1, through: 200_000, by: 7) {
      var chain = SimulatedChain(configuration)
      chain.advance(to: at(blocks * seconds))
      #expect(chain.best == configuration.firstBlock + UInt64(blocks))
      let due = chain.nextBlock
      chain.advance(to: due)
      #expect(chain.nextBlock > due)
    }
  }

  @Test func `a first deposit loses 1 CERE to an empty wallet, the next does not`() throws {
    var chain = chain()
    let first = chain.submit(.deposit(account, cere(10)), now: at(0))
    #expect(chain.inclusion(of: first) == nil)
    chain.advance(to: at(6))
    let inclusion = try #require(chain.inclusion(of: first))
    #expect(inclusion.credited == cere(9))
    #expect(inclusion.isSkimmed)
    let second = chain.submit(.deposit(account, cere(10)), now: at(6))
    chain.advance(to: at(12))
    #expect(chain.inclusion(of: second)?.isSkimmed == false)
    #expect(chain.ledger(of: account, at: chain.best)?.active == cere(19))
    // The wallet has its 1 CERE now: in another cluster nothing is skimmed.
    let third = chain.submit(.deposit(other, cere(10)), now: at(12))
    chain.advance(to: at(18))
    #expect(chain.inclusion(of: third)?.credited == cere(10))
  }

  @Test func `dust fails in its block and credits nothing`() throws {
    var chain = chain()
    let call = chain.submit(.deposit(account, Planck(cere(2).units - 1)), now: at(0))
    chain.advance(to: at(6))
    #expect(chain.inclusion(of: call)?.failure == "InsufficientDeposit")
    #expect(chain.ledger(of: account, at: chain.best) == nil)
    #expect(chain.deposits[account] == nil)
    let enough = chain.submit(.deposit(account, cere(2)), now: at(6))
    chain.advance(to: at(12))
    #expect(chain.inclusion(of: enough)?.failure == nil)
    #expect(chain.deposits[account]?.count == 1)
  }

  @Test func `use takes what is there and leaves the rest as debt`() {
    var chain = chain()
    _ = chain.submit(.deposit(account, cere(11)), now: at(0))
    chain.advance(to: at(6))
    _ = chain.submit(.charge(account, cere(4)), now: at(6))
    chain.advance(to: at(12))
    #expect(chain.ledger(of: account, at: chain.best)?.active == cere(6))
    _ = chain.submit(.charge(account, cere(8)), now: at(12))
    chain.advance(to: at(18))
    #expect(chain.ledger(of: account, at: chain.best)?.active == .zero)
    #expect(chain.debt(of: account) == cere(2))
  }

  @Test func `a read at an older block stays what it was`() {
    var chain = chain()
    _ = chain.submit(.deposit(account, cere(11)), now: at(0))
    chain.advance(to: at(6))
    let early = chain.best
    _ = chain.submit(.deposit(account, cere(5)), now: at(6))
    chain.advance(to: at(60))
    #expect(chain.ledger(of: account, at: early - 1) == nil)
    #expect(chain.ledger(of: account, at: early)?.active == cere(10))
    #expect(chain.ledger(of: account, at: chain.best)?.active == cere(15))
  }

  @Test func `finalized reads lag best reads`() {
    var chain = chain()
    chain.advance(to: at(60))
    _ = chain.submit(.deposit(account, cere(11)), now: at(60))
    chain.advance(to: at(66))
    #expect(chain.ledger(of: account, at: chain.best)?.active == cere(10))
    #expect(chain.ledger(of: account, at: chain.finalized) == nil)
    chain.advance(to: at(84))
    #expect(chain.ledger(of: account, at: chain.finalized)?.active == cere(10))
  }

  @Test func `a fork takes a deposit back until another block has it`() throws {
    var chain = chain()
    chain.advance(to: at(60))
    let call = chain.submit(.deposit(account, cere(11)), now: at(60))
    chain.advance(to: at(66))
    let (block, hash) = (chain.best, chain.hash(of: chain.best))
    #expect(chain.fork(depth: 2, now: at(67)) == 2)
    #expect(chain.inclusion(of: call) == nil)
    #expect(chain.ledger(of: account, at: chain.best) == nil)
    #expect(chain.block(hash: hash) == nil)
    #expect(chain.hash(of: block) != hash)
    chain.advance(to: at(72))
    #expect(chain.inclusion(of: call)?.blockNumber == block + 1)
    #expect(chain.inclusion(of: call)?.credited == cere(10))
    #expect(chain.deposits[account]?.count == 1)
  }

  @Test func `what is final is never forked away`() {
    var chain = chain()
    chain.advance(to: at(60))
    let hash = chain.hash(of: chain.finalized)
    #expect(chain.fork(depth: 100, now: at(60)) == 3)
    #expect(chain.hash(of: chain.finalized) == hash)
    #expect(chain.block(hash: hash) == chain.finalized)
  }

  @Test func `stalled finality stands still and catches up`() {
    var chain = chain()
    chain.advance(to: at(60))
    chain.stallFinality(true, now: at(60))
    chain.advance(to: at(600))
    #expect(chain.finalized == 1_000_007)
    chain.stallFinality(false, now: at(600))
    #expect(chain.finalized == 1_000_097)
  }
}
