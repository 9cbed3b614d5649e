import RPCClient
import RPCCore
import Testing
import TopUpAPI

/// What is another tenant's, on an account that both may see.
@Suite struct OthersObjectsTests {
  private static let account = Account(
    kind: .ddc(DDCAccount(clusterID: EveryMethod.cluster, owner: EveryMethod.owner)))

  /// How a call ended, less the id that it named.
  private func end(
    _ ground: SharedGround, as caller: String = "other", without id: String = "",
    _ calling: EveryMethod.Calling
  ) async throws -> String {
    do {
      try await calling(ground.channel, try GuardedGround.options(caller))
      return "ok"
    } catch let error as RPCError {
      let message = error.status.message
      return "\(error.status.code) \(id.isEmpty ? message : message.replacing(id, with: "ID"))"
    }
  }

  private typealias Naming = @Sendable (String) -> EveryMethod.Calling

  private static let byID: [(name: String, theirs: String, naming: Naming)] = [
    (
      "GetTopUp", SharedGround.id("acme"),
      { id in { _ = try await TopUpClient($0).getTopUp(GetTopUpRequest(by: .id(id)), options: $1) }
      }
    ),
    (
      "CancelTopUp", SharedGround.id("acme"),
      { id in
        { _ = try await TopUpClient($0).cancelTopUp(CancelTopUpRequest(id: id), options: $1) }
      }
    ),
    (
      "WatchTopUps", SharedGround.id("acme"),
      { id in
        {
          try await TopUpClient($0).watchTopUps(WatchTopUpsRequest(id: id), options: $1) {
            messages async throws(RPCError) in _ = try await messages.next()
          }
        }
      }
    ),
    (
      "RefundTopUp", SharedGround.id("acme"),
      { id in
        {
          _ = try await TopUpClient($0).refundTopUp(
            RefundTopUpRequest(
              id: id, idempotencyKey: "k", actor: ActorMessage(name: "a", reason: "r")),
            options: $1)
        }
      }
    ),
    (
      "CreateAuthentication", SharedGround.id("acme"),
      { id in
        {
          _ = try await TopUpClient($0).createAuthentication(
            CreateAuthenticationRequest(topUpID: id), options: $1)
        }
      }
    ),
    (
      "RedeemAuthentication", SharedGround.token,
      { token in
        {
          _ = try await TopUpClient($0).redeemAuthentication(
            RedeemAuthenticationRequest(oneTimeToken: token), options: $1)
        }
      }
    ),
    (
      "GetSetup", SharedGround.setup,
      { id in
        {
          _ = try await PaymentMethodsClient($0).getSetup(
            GetSetupRequest(setupID: id), options: $1)
        }
      }
    ),
    (
      "ClearBreaker", SharedGround.card,
      { id in
        {
          _ = try await AdminClient($0).clearBreaker(
            ClearBreakerRequest(
              paymentMethodID: id, account: account, actor: ActorMessage(name: "a", reason: "r")),
            options: $1)
        }
      }
    ),
  ]

  @Test func `what another tenant has is as what is not there`() async throws {
    let ground = try await SharedGround()
    for (name, theirs, naming) in Self.byID {
      let foreign = try await end(ground, without: theirs, naming(theirs))
      let absent = try await end(ground, without: "\(theirs)0", naming("\(theirs)0"))
      #expect(foreign == absent && foreign != "ok", "\(name): \(foreign), not \(absent)")
    }
    let own = try await end(ground, as: "acme", Self.byID[0].naming(SharedGround.id("acme")))
    #expect(own == "ok")
    let rule: EveryMethod.Calling = {
      _ = try await TopUpClient($0).getPolicy(GetPolicyRequest(account: Self.account), options: $1)
    }
    #expect(try await end(ground, rule).contains("policy"))
    #expect(try await end(ground, as: "acme", rule) == "ok")
    await ground.close()
  }

  @Test func `another tenant's policy is not replaced`() async throws {
    let ground = try await SharedGround()
    let ended = try await end(ground) {
      let policy = Policy(
        account: Self.account, payer: Payer(tenant: "other", user: "u"), enabled: true,
        threshold: "1", amount: .fixed(Money(minorUnits: 1_000, currency: "USD")))
      _ = try await TopUpClient($0).setPolicy(
        SetPolicyRequest(policy: policy, idempotencyKey: "k", expectedVersion: 1), options: $1)
    }
    #expect(ended.contains("accounts without another tenant's policy"), "\(ended)")
    await ground.close()
  }

  @Test(arguments: ["acme", "other"])
  func `lists and balances show a tenant's own top-ups`(tenant: String) async throws {
    let ground = try await SharedGround()
    let options = try GuardedGround.options(tenant)
    for request in [ListTopUpsRequest(), ListTopUpsRequest(account: Self.account)] {
      let listed = try await TopUpClient(ground.channel).listTopUps(request, options: options)
      #expect(listed.topUps.map(\.id) == [SharedGround.id(tenant)])
    }
    let read = try await BalanceClient(ground.channel).getBalance(
      GetBalanceRequest(account: Self.account), options: options)
    #expect(read.balance?.inFlight.map(\.id) == [SharedGround.id(tenant)])
    await ground.close()
  }

  @Test func `a watcher is told of its own tenant's top-ups alone`() async throws {
    let ground = try await SharedGround()
    try await TopUpClient(ground.channel).watchTopUps(
      WatchTopUpsRequest(account: Self.account), options: try GuardedGround.options("other")
    ) { messages async throws(RPCError) in
      #expect(try await messages.next()?.topUp?.id == SharedGround.id("other"))
      ground.publish("acme")
      ground.publish("other")
      let second = try await messages.next()
      #expect(second?.topUp?.id == SharedGround.id("other"))
      #expect(second?.transition != nil)
    }
    await ground.close()
  }

  @Test func `a watch ends with the binding that allowed it`() async throws {
    let ground = try await SharedGround()
    let account = Account(kind: .credits(CreditsAccount(tenant: "other", user: "u")))
    let ended = try await end(ground) { channel, options in
      try await BalanceClient(channel).watchBalance(
        WatchBalanceRequest(account: account), options: options
      ) { messages async throws(RPCError) in
        _ = try await messages.next()
        do { try ground.bindNobody() } catch { throw RPCError(.internal, "\(error)") }
        ground.publishCredits("other")
        _ = try await messages.next()
      }
    }
    #expect(ended.contains("tenant"), "\(ended)")
    #expect(ended != "ok")
    await ground.close()
  }

  @Test func `an event of a cluster that is not the node's is rejected by itself`() async throws {
    let ground = try await SharedGround()
    let event = EveryMethod.event
    try await BalanceClient(ground.channel).streamLowBalance(
      options: try GuardedGround.options("node")
    ) { (messages, requests, call) async throws(RPCError) in
      try await requests.write(
        StreamLowBalanceRequest(
          message: .hello(Hello(sourceID: EveryMethod.source, version: 1))))
      _ = try await messages.next()
      try await requests.write(StreamLowBalanceRequest(message: .event(event)))
      let answer = try await messages.next()
      guard case .ack(let ack) = answer?.message else {
        Issue.record("no acknowledgement: \(String(describing: answer))")
        return
      }
      #expect(ack.results.map(\.outcome) == [.rejected])
      #expect(ack.results.first?.reason.hasPrefix("NOT_BOUND") == true)
    }
    await ground.close()
  }
}
