import Gateways
import SimulatedWorld
import Testing
import TopUpCore

/// The real ramp client and balance reader against the stand-ins, on one chain.
@Suite struct RampContractTests {
  private let transport = WorldTransport()
  private let ramp: RampClient
  private let node: SubstrateNode
  private let account: DDCAccount

  init() throws {
    ramp = RampClient(
      try RampConfiguration(baseURL: WorldTransport.rampURL, key: Secret("ramp_key_sandbox")),
      over: transport)
    node = SubstrateNode(url: WorldTransport.nodeURL, over: transport)
    account = DDCAccount(
      cluster: try #require(ClusterID(hex: "0x0059f5ada35eee46802d80750d5ca4a490640511")),
      owner: try #require(AccountID32(Array(repeating: 5, count: 32))))
  }

  private func quote() async throws -> Quote {
    try #require(
      answer(
        await ramp.quote(
          QuoteRequest(side: .fiat(Money(minorUnits: 2500, .usd)), cluster: account.cluster))))
  }

  private func order(_ id: String, _ quote: Quote) -> CreateOrder {
    CreateOrder(
      id: ClientOrderID(id), quote: quote.id, destination: account, tokens: quote.tokens,
      paymentReference: "ch_1")
  }

  @Test func `an order is placed, followed to its end and seen on chain`() async throws {
    let capabilities = try #require(answer(await ramp.capabilities()))
    #expect(capabilities.currencies.contains(.usd))
    let request = order("tu_1:1", try await quote())
    let placed = try #require(answer(await ramp.createOrder(request)))
    #expect(placed.state == .accepted)
    #expect(try #require(answer(await node.balance(of: account))).ledger == nil)
    await transport.wait(.seconds(7))
    #expect(answer(await ramp.order(request.id))?.state == .inBlock)
    let early = try #require(answer(await node.balance(of: account)))
    #expect(early.ledger == nil, "not final yet")
    #expect(answer(await node.displayBalance(of: account))?.ledger != nil)
    await transport.wait(.seconds(30))
    let done = try #require(answer(await ramp.order(request.id)))
    #expect(done.state == .completed)
    #expect(done.existentialSkim)
    let reading = try #require(answer(await node.balance(of: account)))
    #expect(reading.active == done.credited)
    #expect(reading.block.number >= (done.evidence?.blockNumber ?? .max))
    let page = try #require(answer(await ramp.orders(after: nil, limit: 100)))
    #expect(page.orders.map(\.id) == [request.id])
    #expect(answer(await ramp.health())?.isHealthy == true)
  }

  @Test func `a quote for tokens is read as well`() async throws {
    let wanted = Planck(40 * Planck.cere.units + 1)
    let quote = try #require(
      answer(
        await ramp.quote(
          QuoteRequest(side: .tokens(wanted, .usd), cluster: account.cluster))))
    #expect(quote.tokens >= wanted)
  }

  @Test func `a repeat is the same order, another body a conflict, a tombstone holds`() async throws
  {
    let first = order("tu_1:1", try await quote())
    let placed = answer(await ramp.createOrder(first))
    #expect(answer(await ramp.createOrder(first)) == placed)
    let other = order("tu_1:1", try await quote())
    #expect(refusal(await ramp.createOrder(other)) == .idempotencyConflict)
    #expect(answer(await ramp.cancelOrder(ClientOrderID("tu_2:1")))?.state == .cancelled)
    #expect(
      refusal(await ramp.createOrder(order("tu_2:1", try await quote()))) == .idempotencyConflict)
    #expect(refusal(await ramp.order(ClientOrderID("tu_3:1"))) == .notFound)
  }

  @Test func `late quotes and dry wallets have their refusals`() async throws {
    let late = order("tu_1:1", try await quote())
    await transport.wait(.seconds(61))
    #expect(refusal(await ramp.createOrder(late)) == .quoteNotUsable)
    await transport.setFaults(FaultRule(.ramp, method: "POST", .all, .dropAfter))
    guard case .unknown = await ramp.createOrder(order("tu_2:1", late.asQuote)) else {
      Issue.record("a cut connection was taken for an answer")
      return
    }
  }

  @Test(arguments: [
    (OrderFate.unknownState, RampOrder.State.unrecognised("SETTLING")), (.partial, .partial),
    (.holdThenReturn, .onHold), (.failBeforeSubmit, .failed), (.failUnknown, .failed),
    (.expire, .expired),
  ])
  func `every odd state is read`(fate: OrderFate, state: RampOrder.State) async throws {
    await transport.setFaults(FaultRule(.ramp, pathSuffix: "/orders", .all, .order(fate)))
    let request = order("tu_1:1", try await quote())
    #expect(answer(await ramp.createOrder(request))?.state == .accepted)
    await transport.wait(.seconds(fate == .partial ? 40 : 2))
    #expect(answer(await ramp.order(request.id))?.state == state)
  }
}

extension CreateOrder {
  /// What of the quote an order names.
  fileprivate var asQuote: Quote {
    Quote(
      id: quote, rateNano: 1, gross: Money(minorUnits: 0, .usd), fee: Money(minorUnits: 0, .usd),
      net: Money(minorUnits: 0, .usd), tokens: tokens,
      created: UnixTime(seconds: 0), expires: UnixTime(seconds: 0))
  }
}
